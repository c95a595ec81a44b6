#pragma once

#include <string>
#include <string_view>

#include "api/context.hpp"

namespace flotilla::api {

/// Cookies that browsers get beside the token, for requests that cannot set headers (files). All are
/// SameSite=Lax, for the public path, Secure behind https, and live as long as a session may.
void set_session_cookies(Context& context, std::string_view token, std::string_view authenticator,
                         std::string_view role);
void set_auth_cookie(Context& context, std::string_view token);
void clear_session_cookies(Context& context);
void clear_role_cookie(Context& context);

std::string_view role_cookie_name();
std::string_view authenticator_cookie_name();

}  // namespace flotilla::api
