#include "api/authenticate.hpp"

#include <algorithm>

#include "api/cookies.hpp"
#include "api/services.hpp"
#include "api/session_cookies.hpp"
#include "auth/authenticator.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

std::string token_of(const Context& context) {
  std::string token(auth::bearer_token(context.request.headers.get("Authorization")));
  return token.empty() ? context.params.text("token") : token;
}

bool wants_event_stream(const http::Request& request) {
  return lower(request.headers.get("Accept")).find("text/event-stream") != std::string::npos;
}

auth::RoleChoice role_of(Context& context, const auth::SignedIn& session) {
  const auth::RoleMode mode = context.services.authenticator.settings()->role_mode;
  const std::string_view header = context.request.headers.get("X-Role");
  auth::RoleRequest request{header, session.role_name, mode};
  if (!header.empty() || !session.role_name.empty()) return auth::choose_role(session.user->roles, request);
  const auto cookie = find_cookie(context.request.headers.get("Cookie"), role_cookie_name());
  if (!cookie || cookie->empty()) return auth::choose_role(session.user->roles, request);
  // A cookie outlives roles: one that no longer fits is dropped instead of locking the user out.
  const auto& owned = session.user->roles;
  const bool fits = *cookie == auth::kUnionRole || *cookie == auth::kAnonymousRole ||
                    std::ranges::find(owned, *cookie, &auth::OwnedRole::name) != owned.end();
  if (fits)
    request.wanted = *cookie;
  else
    clear_role_cookie(context);
  return auth::choose_role(owned, request);
}

void fill_identity(Context& context, auth::SignedIn session, auth::RoleChoice choice, std::string token) {
  auth::Identity& identity = context.identity;
  identity.user_id = session.user->id;
  identity.user = std::shared_ptr<const JsonObject>(session.user, &session.user->document);
  identity.role = std::move(choice.role);
  identity.roles = std::move(choice.roles);
  identity.jti = std::move(session.jti);
  identity.token = session.new_token.empty() ? std::move(token) : std::move(session.new_token);
}

Task<void> accept(Context& context, std::string token, bool may_renew) {
  const auth::TokenUse use{wants_event_stream(context.request), may_renew};
  auth::SignedIn session = co_await context.services.authenticator.authenticate(token, use);
  if (!session.new_token.empty()) {
    // Also when the role is refused below: the old token is of no use any more.
    context.headers.emplace_back("x-new-token", session.new_token);
    set_auth_cookie(context, session.new_token);
  }
  auth::RoleChoice choice = role_of(context, session);
  fill_identity(context, std::move(session), std::move(choice), std::move(token));
}

}  // namespace

Task<void> authenticate(Context& context, Access access) {
  std::string token = token_of(context);
  if (access != Access::open) {
    if (token.empty()) throw auth::reject_empty_token().error();
    co_await accept(context, std::move(token), true);
    co_return;
  }
  if (token.empty()) co_return;
  try {
    co_await accept(context, std::move(token), false);
  } catch (const Error&) {
    context.identity = {};
  }
}

}  // namespace flotilla::api
