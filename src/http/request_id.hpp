#pragma once

#include <string>
#include <string_view>

namespace flotilla::http {

/// The caller's X-Request-Id when it is 1-64 letters, digits, `-`, `_` or `.`, so that it may go into headers
/// and logs as it is; else a new one in the form of a UUID. Not a secret: made by a fast generator.
std::string request_id(std::string_view given);

}  // namespace flotilla::http
