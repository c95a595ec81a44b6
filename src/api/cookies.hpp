#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flotilla::api {

/// Value of the first cookie `name` in a Cookie header (RFC 6265 section 5.4), percent-decoded where that is
/// well-formed; nullopt when there is none.
std::optional<std::string> find_cookie(std::string_view cookie_header, std::string_view name);

struct SetCookie {
  std::string name;
  std::string value;  ///< any text; what a cookie cannot hold is percent-encoded
  std::string path = "/";
  std::optional<std::int64_t> max_age_s =
      std::nullopt;  ///< nullopt: until the browser closes; 0 or less: delete it now
  bool http_only = false;
  bool secure = false;
  std::string same_site = "Lax";  ///< empty: attribute left out
};

/// Text of a Set-Cookie header (RFC 6265 section 4.1). Throws std::invalid_argument for a name that is no
/// token and a path with control characters or semicolons.
std::string to_header(const SetCookie& cookie);

/// A cookie that deletes `name` at `path`.
SetCookie cleared_cookie(std::string name, std::string path = "/");

}  // namespace flotilla::api
