#include "api/session_cookies.hpp"

#include "api/cookies.hpp"
#include "api/services.hpp"
#include "auth/authenticator.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kToken = "nb_auth_token_main";
constexpr std::string_view kAuthenticator = "nb_authenticator_main";
constexpr std::string_view kRole = "nb_role_main";
constexpr std::string_view kCsrf = "nb_csrf_token_main";
constexpr std::string_view kCsrfAlphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::size_t kCsrfLength = 32;

void set(Context& context, std::string_view name, std::string_view value, bool http_only) {
  const auto settings = context.services.authenticator.settings();
  SetCookie cookie{std::string(name), std::string(value)};
  cookie.path = context.services.settings.public_path;
  cookie.max_age_s = settings->policy.session_expiration_ms / 1000;
  cookie.http_only = http_only;
  cookie.secure = iequals(trim(context.request.headers.get("X-Forwarded-Proto")), "https");
  context.headers.emplace_back("Set-Cookie", to_header(cookie));
}

void clear(Context& context, std::string_view name) {
  const SetCookie cookie = cleared_cookie(std::string(name), context.services.settings.public_path);
  context.headers.emplace_back("Set-Cookie", to_header(cookie));
}

}  // namespace

std::string_view role_cookie_name() { return kRole; }
std::string_view authenticator_cookie_name() { return kAuthenticator; }

void set_auth_cookie(Context& context, std::string_view token) { set(context, kToken, token, true); }

void set_session_cookies(Context& context, std::string_view token, std::string_view authenticator,
                         std::string_view role) {
  set_auth_cookie(context, token);
  set(context, kAuthenticator, authenticator, true);
  if (!role.empty()) set(context, kRole, role, false);
  set(context, kCsrf, random_text(context.services.random, kCsrfAlphabet, kCsrfLength), false);
}

void clear_session_cookies(Context& context) {
  for (std::string_view name : {kToken, kAuthenticator, kRole, kCsrf}) clear(context, name);
}

void clear_role_cookie(Context& context) { clear(context, kRole); }

}  // namespace flotilla::api
