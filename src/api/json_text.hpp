#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace flotilla::api {

/// Nesting of a JSON text in a body or parameter. Page layouts nest deeply, so this is more than for tokens.
inline constexpr std::size_t kJsonDepthMax = 256;

struct JsonFault {
  bool limit =
      false;  ///< well-formed as far as read, but deeper than kJsonDepthMax or with a number too large
  std::string message;  ///< names what was expected and the byte position
};

/// Parses JSON (RFC 8259) from a client. Of duplicate keys the last wins; unpaired surrogates in \u escapes
/// become U+FFFD; a leading byte order mark is skipped. Text that is not UTF-8 is a fault.
std::expected<Json, JsonFault> read_json_text(std::string_view text);

}  // namespace flotilla::api
