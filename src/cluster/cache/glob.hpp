#pragma once

#include <string_view>

namespace flotilla::cluster {

/// True when the whole text fits the pattern: `*` stands for any text, `?` for one byte, all else for itself.
inline bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, from = 0;
  std::size_t star = std::string_view::npos, tried = 0;  // the last star, and where the text behind it began
  while (from < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      tried = from;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[from])) {
      ++at;
      ++from;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      from = ++tried;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace flotilla::cluster
