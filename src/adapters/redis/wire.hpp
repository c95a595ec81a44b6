#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace flotilla::redis {

inline constexpr std::size_t kCountBytesMax = 24;

/// Appends `<mark><number>\r\n`.
inline void append_count(std::string& out, char mark, std::size_t number) {
  char digits[kCountBytesMax];
  digits[0] = mark;
  char* end = std::to_chars(digits + 1, digits + sizeof digits - 2, number).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(digits, end);
}

/// Appends a command as RESP2 wants it: an array of texts with their lengths, so that they may hold any
/// bytes.
inline void append_command(std::string& out, const std::vector<std::string>& args) {
  std::size_t size = out.size() + kCountBytesMax;
  for (const std::string& arg : args) size += arg.size() + kCountBytesMax + 2;
  if (size > out.capacity()) out.reserve(std::max(size, 2 * out.capacity()));
  append_count(out, '*', args.size());
  for (const std::string& arg : args) {
    append_count(out, '$', arg.size());
    out.append(arg).append("\r\n");
  }
}

}  // namespace flotilla::redis
