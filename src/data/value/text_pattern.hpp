#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace flotilla::data {

inline constexpr std::size_t kPatternLengthMax = 2000;

/// A regular expression as JavaScript writes it: `/^a+$/i` (flags i, m, s count) or the bare source. Matches
/// Unicode characters, anywhere in the text unless anchored. Immutable. Throws Error 400 for text that is no
/// pattern or longer than kPatternLengthMax.
class TextPattern {
 public:
  explicit TextPattern(std::string_view source);
  ~TextPattern();
  TextPattern(const TextPattern&) = delete;
  TextPattern& operator=(const TextPattern&) = delete;

  /// Work is bounded: throws Error 400 when matching would take too many steps.
  bool matches(std::string_view utf8) const;
  /// `/source/flags`.
  const std::string& shown() const { return shown_; }

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
  std::string shown_;
};

}  // namespace flotilla::data
