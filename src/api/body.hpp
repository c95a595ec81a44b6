#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace flotilla::api {

/// A media type as in `text/plain; charset=utf-8` (RFC 9110 section 8.3).
struct ContentType {
  std::string type;      ///< lower case, without parameters
  std::string charset;   ///< lower case, empty when not named
  std::string boundary;  ///< of multipart types, as written
};

/// Never throws; a text that is no media type gives what could be read of it.
ContentType parse_content_type(std::string_view header);

/// The values in the body of a request:
///   JSON types (application/json, …+json)  an object or array; Error 400 on anything else
///   application/x-www-form-urlencoded      an object, read as a query
///   text/plain                             the text as it is
///   others, multipart among them, and no body: an empty object (multipart is read by the actions that expect
///   it)
/// Throws Error 400 on malformed text, 415 on a charset other than UTF-8.
Json parse_body(std::string_view content_type, std::string_view body);

}  // namespace flotilla::api
