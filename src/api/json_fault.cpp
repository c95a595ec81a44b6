#include "api/json_fault.hpp"

#include <fmt/format.h>

#include "api/json_text.hpp"

namespace flotilla::api {
namespace {

/// Walks the text until the first thing that JSON does not allow. Each step answers false after a fault.
class FaultFinder {
 public:
  explicit FaultFinder(std::string_view text) : text_(text) {}

  std::string find() {
    if (value(0)) {
      skip_space();
      if (at_ < text_.size()) fault("Unexpected non-whitespace character after JSON");
    }
    return message_.empty() ? "invalid JSON" : message_;
  }

 private:
  bool fault(std::string_view what) {
    message_ = fmt::format("{} at position {}", what, at_);
    return false;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool digit() const { return peek() >= '0' && peek() <= '9'; }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }

  bool value(std::size_t depth) {
    skip_space();
    if (at_ >= text_.size()) {
      message_ = "Unexpected end of JSON input";
      return false;
    }
    if (depth > kJsonDepthMax) return fault("JSON is nested too deeply");
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      default:
        break;
    }
    if (peek() == '-' || digit()) return number();
    for (std::string_view literal : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(literal)) continue;
      at_ += literal.size();
      return true;
    }
    auto c = static_cast<unsigned char>(peek());
    return c > 0x20 && c < 0x7f ? fault(fmt::format("Unexpected token '{}' in JSON", peek()))
                                : fault("Unexpected token in JSON");
  }

  bool object(std::size_t depth) {
    ++at_;
    skip_space();
    if (peek() == '}') return ++at_, true;
    if (peek() != '"') return fault("Expected property name or '}' in JSON");
    while (true) {
      if (!string()) return false;
      skip_space();
      if (peek() != ':') return fault("Expected ':' after property name in JSON");
      ++at_;
      if (!value(depth + 1)) return false;
      skip_space();
      if (peek() == '}') return ++at_, true;
      if (peek() != ',') return fault("Expected ',' or '}' after property value in JSON");
      ++at_;
      skip_space();
      if (peek() != '"') return fault("Expected double-quoted property name in JSON");
    }
  }

  bool array(std::size_t depth) {
    ++at_;
    skip_space();
    if (peek() == ']') return ++at_, true;
    while (true) {
      if (!value(depth + 1)) return false;
      skip_space();
      if (peek() == ']') return ++at_, true;
      if (peek() != ',') return fault("Expected ',' or ']' after array element in JSON");
      ++at_;
    }
  }

  bool string() {
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') return ++at_, true;
      if (static_cast<unsigned char>(c) < 0x20)
        return fault("Bad control character in string literal in JSON");
      if (c != '\\') continue;
      ++at_;
      if (peek() == 'u') {
        for (int i = 0; i < 4; ++i) {
          ++at_;
          if (at_ >= text_.size() || !std::string_view("0123456789abcdefABCDEF").contains(text_[at_]))
            return fault("Bad Unicode escape in JSON");
        }
      } else if (at_ < text_.size() && !std::string_view("\"\\/bfnrt").contains(peek())) {
        return fault("Bad escaped character in JSON");
      }
    }
    at_ = text_.size();
    return fault("Unterminated string in JSON");
  }

  bool number() {
    if (peek() == '-') ++at_;
    if (!digit()) return fault("No number after minus sign in JSON");
    bool zero = peek() == '0';
    ++at_;
    if (zero && digit()) return fault("Unexpected number in JSON");
    while (digit()) ++at_;
    if (peek() == '.') {
      ++at_;
      if (!digit()) return fault("Unterminated fractional number in JSON");
      while (digit()) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digit()) return fault("Exponent part is missing a number in JSON");
      while (digit()) ++at_;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string message_;
};

}  // namespace

std::string describe_json_fault(std::string_view text) { return FaultFinder(text).find(); }

}  // namespace flotilla::api
