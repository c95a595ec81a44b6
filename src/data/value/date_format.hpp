#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flotilla::data {

/// Writes an instant by a day.js pattern on the wall clock of `offset_minutes`. Tokens: YYYY YY, Q, M MM MMM
/// MMMM, D DD Do, d ddd dddd, H HH h hh k kk, m mm, s ss, SSS, A a, Z ZZ, X x, W WW GGGG (ISO weeks), w ww
/// gggg (weeks from Sunday). `[text]` and everything else stands as it is. Names are English.
std::string format_date(std::int64_t ms, std::string_view pattern, int offset_minutes);

}  // namespace flotilla::data
