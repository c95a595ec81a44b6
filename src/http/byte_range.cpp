#include "http/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/strings.hpp"

namespace flotilla::http {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ByteRange byte_range(std::string_view range_field, std::uint64_t file_size) {
  const ByteRange whole{ByteRange::Kind::whole, 0, file_size};
  const ByteRange unsatisfiable{ByteRange::Kind::unsatisfiable, 0, 0};
  constexpr std::string_view kUnit = "bytes=";
  if (!iequals(range_field.substr(0, kUnit.size()), kUnit)) return whole;
  const std::string_view spec = trim(range_field.substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == spec.npos) return whole;
  const std::string_view first_text = spec.substr(0, dash), last_text = spec.substr(dash + 1);
  if (first_text.empty()) {  // the last so many bytes
    const auto count = number(last_text);
    if (!count) return whole;
    if (*count == 0 || file_size == 0) return unsatisfiable;
    const std::uint64_t size = std::min(*count, file_size);
    return {ByteRange::Kind::part, file_size - size, size};
  }
  const auto first = number(first_text);
  const auto last = last_text.empty() ? std::optional<std::uint64_t>(UINT64_MAX) : number(last_text);
  if (!first || !last || *last < *first) return whole;
  if (*first >= file_size) return unsatisfiable;
  return {ByteRange::Kind::part, *first, std::min(*last, file_size - 1) - *first + 1};
}

}  // namespace flotilla::http
