#include "adapters/sqlite/case_fold.hpp"

#include <algorithm>
#include <iterator>

namespace flotilla::sqlite {
namespace {

/// Capitals from..to: `add` gives the small letter. `step` 2: capitals and small letters alternate.
struct Range {
  char32_t from, to;
  int step;
  int add;
};

// Sorted by `from`, without overlap.
constexpr Range kRanges[] = {
    {0x00B5, 0x00B5, 1, 775},   {0x00C0, 0x00D6, 1, 32},   {0x00D8, 0x00DE, 1, 32},
    {0x0100, 0x012E, 2, 1},     {0x0132, 0x0136, 2, 1},    {0x0139, 0x0147, 2, 1},
    {0x014A, 0x0176, 2, 1},     {0x0178, 0x0178, 1, -121}, {0x0179, 0x017D, 2, 1},
    {0x017F, 0x017F, 1, -268},  {0x0182, 0x0184, 2, 1},    {0x0187, 0x0187, 1, 1},
    {0x018B, 0x018B, 1, 1},     {0x0191, 0x0191, 1, 1},    {0x0198, 0x0198, 1, 1},
    {0x01A0, 0x01A4, 2, 1},     {0x01A7, 0x01A7, 1, 1},    {0x01AC, 0x01AC, 1, 1},
    {0x01AF, 0x01AF, 1, 1},     {0x01B3, 0x01B5, 2, 1},    {0x01B8, 0x01B8, 1, 1},
    {0x01BC, 0x01BC, 1, 1},     {0x01CD, 0x01DB, 2, 1},    {0x01DE, 0x01EE, 2, 1},
    {0x01F4, 0x01F4, 1, 1},     {0x01F8, 0x021E, 2, 1},    {0x0222, 0x0232, 2, 1},
    {0x0246, 0x024E, 2, 1},     {0x0386, 0x0386, 1, 38},   {0x0388, 0x038A, 1, 37},
    {0x038C, 0x038C, 1, 64},    {0x038E, 0x038F, 1, 63},   {0x0391, 0x03A1, 1, 32},
    {0x03A3, 0x03AB, 1, 32},    {0x03C2, 0x03C2, 1, 1},    {0x03D8, 0x03EE, 2, 1},
    {0x0400, 0x040F, 1, 80},    {0x0410, 0x042F, 1, 32},   {0x0460, 0x0480, 2, 1},
    {0x048A, 0x04BE, 2, 1},     {0x04C0, 0x04C0, 1, 15},   {0x04C1, 0x04CD, 2, 1},
    {0x04D0, 0x052E, 2, 1},     {0x0531, 0x0556, 1, 48},   {0x1E00, 0x1E94, 2, 1},
    {0x1E9E, 0x1E9E, 1, -7615}, {0x1EA0, 0x1EFE, 2, 1},    {0x212A, 0x212A, 1, -8383},
    {0x212B, 0x212B, 1, -8262}, {0x2160, 0x216F, 1, 16},   {0x24B6, 0x24CF, 1, 26},
    {0xFF21, 0xFF3A, 1, 32},
};

char32_t stray(unsigned char byte) { return 0x110100 + byte; }

}  // namespace

char32_t fold_case(char32_t c) {
  if (c < 0x80) return c >= U'A' && c <= U'Z' ? c + 32 : c;
  const Range* range = std::upper_bound(std::begin(kRanges), std::end(kRanges), c,
                                        [](char32_t value, const Range& r) { return value < r.from; });
  if (range == std::begin(kRanges)) return c;
  --range;
  if (c > range->to || (c - range->from) % static_cast<char32_t>(range->step) != 0) return c;
  return static_cast<char32_t>(static_cast<int>(c) + range->add);
}

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) {
    ++at;
    return first;
  }
  const int more = first >= 0xF0 && first < 0xF5   ? 3
                   : first >= 0xE0 && first < 0xF0 ? 2
                   : first >= 0xC2 && first < 0xE0 ? 1
                                                   : 0;
  if (more == 0 || text.size() - at <= static_cast<std::size_t>(more)) {
    ++at;
    return stray(first);
  }
  char32_t c = first & (0x3F >> more);
  for (int i = 1; i <= more; ++i) {
    const unsigned char next = byte(at + static_cast<std::size_t>(i));
    if ((next & 0xC0) != 0x80) {
      ++at;
      return stray(first);
    }
    c = (c << 6) | (next & 0x3F);
  }
  const bool overlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
  if (overlong || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
    ++at;
    return stray(first);
  }
  at += static_cast<std::size_t>(more) + 1;
  return c;
}

}  // namespace flotilla::sqlite
