#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace flotilla::sqlite {

/// A pattern of SQL's LIKE: `%` is any text, `_` any one character, a backslash takes the next character
/// literally. Ignoring case goes by fold_case(), as PostgreSQL's ILIKE does beyond ASCII, where SQLite's own
/// LIKE does not.
class LikePattern {
 public:
  static constexpr std::size_t kMaxBytes = 10'000;

  /// Throws std::invalid_argument ("pattern too long: ...").
  LikePattern(std::string_view pattern, bool ignore_case);

  /// The whole text matches. At worst the product of both lengths.
  bool matches(std::string_view text) const;

 private:
  char32_t read(std::string_view text, std::size_t& at) const;

  std::vector<char32_t> items_;
  bool ignore_case_;
};

}  // namespace flotilla::sqlite
