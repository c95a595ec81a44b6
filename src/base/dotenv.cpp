#include "base/dotenv.hpp"

#include <fmt/format.h>

#include "base/env.hpp"
#include "base/strings.hpp"

namespace flotilla {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-';
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  std::map<std::string, std::string> read() {
    std::map<std::string, std::string> out;
    while (skip_to_entry()) {
      std::string name = read_name();
      out[name] = read_value();
    }
    return out;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw SettingError(fmt::format("{} line {}", file_, line_), what);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  char take() {
    char c = text_[at_++];
    if (c == '\n') ++line_;
    return c;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  void skip_line() {
    while (!at_line_end()) ++at_;
  }

  /// Skips blank lines and comments; false at the end of the text.
  bool skip_to_entry() {
    while (at_ < text_.size()) {
      if (std::string_view(" \t\r\n").contains(peek())) {
        take();
      } else if (peek() == '#') {
        skip_line();
      } else {
        return true;
      }
    }
    return false;
  }

  std::string read_word() {
    std::size_t from = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  std::string read_name() {
    std::string name = read_word();
    bool blank_after = peek() == ' ' || peek() == '\t';
    skip_blanks();
    if (name == "export" && blank_after && is_name_char(peek())) {
      name = read_word();
      skip_blanks();
    }
    bool colon = peek() == ':' && at_ + 1 < text_.size() && std::string_view(" \t").contains(text_[at_ + 1]);
    if (name.empty() || (peek() != '=' && !colon)) fail("takes NAME=value, a comment, or nothing");
    ++at_;
    skip_blanks();
    return name;
  }

  std::string read_value() {
    char quote = peek();
    if (quote == '"' || quote == '\'' || quote == '`') return read_quoted(quote);
    std::size_t from = at_;
    while (!at_line_end() && text_[at_] != '#') ++at_;
    std::string value(trim(text_.substr(from, at_ - from)));
    skip_line();
    return value;
  }

  std::string read_quoted(char quote) {
    std::size_t begun_at_line = line_;
    std::string value;
    for (++at_; at_ < text_.size();) {
      char c = take();
      if (c == quote) {
        skip_blanks();
        if (!at_line_end() && peek() != '#') fail("has text after the closing quote");
        skip_line();
        return value;
      }
      if (c == '\\' && quote == '"' && (peek() == 'n' || peek() == 'r')) {
        value += take() == 'n' ? '\n' : '\r';
      } else if (c == '\\' && peek() == quote) {
        // The backslash stays, as in dotenv: it only keeps the quote from ending the value.
        value += c;
        value += take();
      } else if (!(c == '\r' && peek() == '\n')) {
        value += c;
      }
    }
    line_ = begun_at_line;
    fail("opens a quote that is never closed");
  }

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

std::map<std::string, std::string> parse_dotenv(std::string_view text, std::string_view file) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return Reader(text, file).read();
}

}  // namespace flotilla
