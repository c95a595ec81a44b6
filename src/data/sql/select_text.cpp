#include "data/sql/select_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::data::sql {
namespace {

constexpr std::string_view kOnlySelect = "Only supports SELECT statements or WITH clauses";

struct Token {
  enum class Kind { word, quoted, literal, sign, end };
  Kind kind = Kind::end;
  std::string text;  ///< of words and quoted names: the name; of signs: the character
  std::size_t begin = 0;
};

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool in_word(char c) { return starts_word(c) || (c >= '0' && c <= '9') || c == '$'; }

/// Reads SQL as far as all three databases agree on how it is read.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Token next() {
    skip_blanks();
    Token token;
    token.begin = at_;
    if (at_ >= text_.size()) return token;
    const char c = text_[at_];
    if (c == '\'') {
      token.kind = Token::Kind::literal;
      token.text = enclosed('\'');
    } else if (c == '"' || c == '`') {
      token.kind = Token::Kind::quoted;
      token.text = enclosed(c);
    } else if (in_word(c) && c != '$') {
      token.kind = Token::Kind::word;
      while (at_ < text_.size() && in_word(text_[at_])) token.text += text_[at_++];
    } else {
      token.kind = Token::Kind::sign;
      token.text = c;
      ++at_;
    }
    return token;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  std::size_t at() const { return at_; }

 private:
  bool here(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void skip_blanks() {
    for (;;) {
      while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
      if (here("--")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (here("/*")) {
        // MySQL runs what is in these.
        if (here("/*!") || here("/*+") || here("/*M!")) throw bad_request("SQL: this comment is not allowed");
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == text_.npos) throw bad_request("SQL: a comment does not end");
        if (text_.substr(at_ + 2, end - at_ - 2).contains("/*"))
          throw bad_request("SQL: comments inside comments are not allowed");
        at_ = end + 2;
      } else {
        return;
      }
    }
  }

  std::string enclosed(char mark) {
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\' && (at_ + 1 >= text_.size() || text_[at_ + 1] == mark || text_[at_ + 1] == '\\'))
        throw bad_request("SQL: a backslash before a quote is not allowed, double the quote");
      if (c != mark) {
        out += c;
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == mark) {
        out += text_[at_++];
      } else {
        ++at_;
        return out;
      }
    }
    throw bad_request(fmt::format("SQL: a text in {} does not end", mark));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr std::array<std::string_view, 28> kForbidden = {"information_schema",
                                                         "performance_schema",
                                                         "load_file",
                                                         "benchmark",
                                                         "sleep",
                                                         "load_extension",
                                                         "current_setting",
                                                         "set_config",
                                                         "query_to_xml",
                                                         "table_to_xml",
                                                         "schema_to_xml",
                                                         "database_to_xml",
                                                         "cursor_to_xml",
                                                         "generate_series",
                                                         "readfile",
                                                         "writefile",
                                                         "edit",
                                                         "into",
                                                         "outfile",
                                                         "dumpfile",
                                                         "insert",
                                                         "update",
                                                         "delete",
                                                         "merge",
                                                         "fts3_tokenizer",
                                                         "query_to_xml_and_xmlschema",
                                                         "xpath_table",
                                                         "attach"};
constexpr std::array<std::string_view, 7> kForbiddenStarts = {"pg_",     "lo_",   "dblink", "sqlite_",
                                                              "pragma_", "mysql", "sys_"};

/// A name that reaches outside the application's tables.
void check_name(const Token& token) {
  const std::string name = lower(token.text);
  const bool bare = token.kind == Token::Kind::word;
  auto is = [&](std::string_view word) { return name == word; };
  const bool named = std::ranges::any_of(kForbidden, is);
  // A column may well be called "update" or "edit"; as a bare word it is the statement or the function.
  const bool started =
      std::ranges::any_of(kForbiddenStarts, [&](std::string_view start) { return name.starts_with(start); });
  if (started || (named && (bare || name.contains("_"))))
    throw bad_request(fmt::format("SQL: \"{}\" is not allowed in the query of a collection", token.text));
}

void check_sign(const Token& token, char following, char before) {
  const char c = token.text.front();
  const bool parameter = c == '?' || c == '$' || (c == ':' && following != ':' && before != ':') ||
                         (c == '@' && following != '>' && before != '<' && following != '?');
  if (parameter || static_cast<unsigned char>(c) < 0x20 || c == '\\')
    throw bad_request(fmt::format("SQL: {} is not allowed outside of a text",
                                  static_cast<unsigned char>(c) < 0x20 ? std::string("a control character")
                                                                       : fmt::format("\"{}\"", c)));
}

}  // namespace

std::string checked_select(std::string_view text) {
  if (text.size() > kSelectBytesMax) throw bad_request(fmt::format("SQL: at most {} bytes", kSelectBytesMax));
  if (std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && !std::string_view("\t\r\n").contains(c);
      }))
    throw bad_request("SQL: a control character is not allowed");
  Reader reader(text);
  Token first = reader.next();
  if (first.kind == Token::Kind::end) throw bad_request("Please enter a SQL statement");
  const std::string start = lower(first.text);
  if (first.kind != Token::Kind::word || (start != "select" && start != "with"))
    throw bad_request(std::string(kOnlySelect));

  bool selects = start == "select";
  int depth = 0;
  char before = '\0';
  for (Token token = reader.next();; token = reader.next()) {
    if (token.kind == Token::Kind::end ||
        (token.kind == Token::Kind::sign && token.text == ";" && depth == 0)) {
      if (depth != 0) throw bad_request("SQL: the brackets do not match");
      if (!selects) throw bad_request(std::string(kOnlySelect));
      return std::string(trim(text.substr(first.begin, token.begin - first.begin)));
    }
    if (token.kind == Token::Kind::word || token.kind == Token::Kind::quoted) check_name(token);
    if (token.kind == Token::Kind::word && depth == 0 && iequals(token.text, "select")) selects = true;
    if (token.kind == Token::Kind::sign) {
      depth += token.text == "(" ? 1 : token.text == ")" ? -1 : 0;
      if (depth < 0) throw bad_request("SQL: the brackets do not match");
      if (token.text == ";") throw bad_request("SQL: the brackets do not match");
      check_sign(token, reader.peek(), before);
    }
    before = token.kind == Token::Kind::sign ? token.text.front() : '\0';
  }
}

std::vector<std::string> mentioned_tables(std::string_view text) {
  std::vector<std::string> out;
  Reader reader(text);
  bool expected = false;  // a name of a table comes next
  bool list = false;      // inside FROM a, b
  for (Token token = reader.next(); token.kind != Token::Kind::end;) {
    const bool name = token.kind == Token::Kind::word || token.kind == Token::Kind::quoted;
    if (token.kind == Token::Kind::word && (iequals(token.text, "from") || iequals(token.text, "join"))) {
      expected = list = true;
      token = reader.next();
      continue;
    }
    const bool subquery = token.kind == Token::Kind::word && iequals(token.text, "select");
    if (expected && name && !subquery) {
      std::string table = token.text;
      for (token = reader.next(); token.kind == Token::Kind::sign && token.text == ".";
           token = reader.next()) {
        token = reader.next();
        table = token.text;
      }
      if (std::ranges::find(out, table) == out.end()) out.push_back(std::move(table));
      expected = false;
      continue;
    }
    if (token.kind == Token::Kind::sign && token.text == ",") expected = list;
    if (token.kind == Token::Kind::sign && token.text == "(") {
      // FROM (a JOIN b): still a name.
    } else if (token.kind == Token::Kind::sign && token.text != ",") {
      expected = false;
    }
    if (token.kind == Token::Kind::word &&
        (iequals(token.text, "where") || iequals(token.text, "on") || iequals(token.text, "select") ||
         iequals(token.text, "group") || iequals(token.text, "order")))
      list = expected = false;
    token = reader.next();
  }
  return out;
}

}  // namespace flotilla::data::sql
