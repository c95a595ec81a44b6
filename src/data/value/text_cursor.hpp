#pragma once

#include <cstdint>
#include <string_view>

namespace flotilla::data {

/// Reads a short text from left to right. A function that answers false has not moved.
class TextCursor {
 public:
  explicit constexpr TextCursor(std::string_view text) : text_(text) {}

  constexpr bool done() const { return at_ == text_.size(); }
  constexpr char peek() const { return done() ? '\0' : text_[at_]; }
  constexpr std::string_view rest() const { return text_.substr(at_); }

  constexpr bool accept(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  constexpr bool accept_any(std::string_view characters) {
    if (done() || characters.find(text_[at_]) == characters.npos) return false;
    ++at_;
    return true;
  }
  /// Exactly `count` ASCII digits, at most 18.
  constexpr bool digits(std::size_t count, std::int64_t& out) {
    if (text_.size() - at_ < count) return false;
    std::int64_t value = 0;
    for (std::size_t i = at_; i < at_ + count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      value = value * 10 + (text_[i] - '0');
    }
    at_ += count;
    out = value;
    return true;
  }
  /// One digit or more; `out` gets the first three as thousandths: `5` is 500, `0419` is 41.
  constexpr bool thousandths(std::int64_t& out) {
    std::int64_t value = 0, weight = 100;
    std::size_t start = at_;
    for (; !done() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, weight /= 10) {
      value += (text_[at_] - '0') * weight;
    }
    if (at_ == start) return false;
    out = value;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace flotilla::data
