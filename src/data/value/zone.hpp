#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flotilla::data {

/// Minutes east of UTC of `Z`, `UTC`, `GMT`, `+08:00`, `-0530` or `+08`; nothing for any other text. Hours
/// to 23. Names such as Europe/Paris are not read: a request and a field carry offsets only.
std::optional<int> parse_offset(std::string_view text);

/// 480 -> `+08:00`.
std::string format_offset(int minutes);

/// Splits `2024-01-15+08:00` into text and offset. Only the form with a colon counts, because `2024-01-1234`
/// and `2024-0530` would be ambiguous. Nothing when there is no such end; `text` is then unchanged.
std::optional<int> take_offset_suffix(std::string_view& text);

}  // namespace flotilla::data
