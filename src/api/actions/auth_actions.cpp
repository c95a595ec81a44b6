#include <fmt/format.h>

#include "api/actions/actions.hpp"
#include "api/actions/auth_support.hpp"
#include "api/actions/authenticator_actions.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "api/envelope.hpp"
#include "api/origin.hpp"
#include "api/session_cookies.hpp"
#include "auth/password.hpp"
#include "base/error.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kNothing = "{}";

Error wrong_password() {
  return unauthorized("The username/email or password is incorrect, please re-enter");
}
Error different_passwords() { return bad_request("The password is inconsistent, please re-enter"); }

Task<std::string> sign_in(Context& context) {
  if (foreign_origin(context.services.cors, context.request.headers))
    throw forbidden("Sign-in from this origin is not allowed");
  const JsonObject& body = body_object(context);
  const bool by_account = json::truthy(body, "account");
  if (!by_account && !json::truthy(body, "email")) throw bad_request("Please enter your username or email");
  JsonObject authenticator = co_await requested_authenticator(context);
  if (json::text(authenticator, "authType") != kPasswordAuthType)
    throw bad_request(
        fmt::format("authenticator \"{}\" does not take passwords", json::text(authenticator, "name")));

  // An account that is no text is nobody's.
  const std::string name = body_text(context, by_account ? "account" : "email");
  std::optional<auth::Account> account;
  std::vector<std::string> fields{"email"};
  if (by_account) fields.push_back("username");
  if (!name.empty()) account = co_await context.services.authenticator.find_account(fields, name);
  const auth::SignInGuard::Attempt attempt = attempt_of(context, account ? account->id : 0, name);
  const bool fits = co_await proves_password(context, attempt, body_text(context, "password"),
                                             account ? account->password : std::string());
  if (!fits) {
    // Of an account that does not exist nothing is kept: what was typed there may be a password.
    const Json key = account ? Json(account->id) : Json(nullptr);
    context.services.audit.note(origin_of(context), {"signInFailed", "users", key, {}});
    throw wrong_password();
  }

  const std::string via(json::text(authenticator, "name"));
  const data::Work with = written_down(context, "signIn", account->id);
  auth::NewSession session = co_await context.services.authenticator.sign_in(account->id, via, with);
  set_session_cookies(context, session.token, via, {});
  JsonObject data{{"user", session.user->document}, {"token", session.token}};
  co_return data_body(data);
}

/// The values of a form to sign up that the authenticator's settings let through.
JsonObject checked_sign_up(const Context& context, const JsonObject& options) {
  JsonObject values;
  for (const Json& item : options.at("signupForm").as_array()) {
    const std::string field(json::text(item.as_object(), "field"));
    const std::string text = body_text(context, field);
    const bool required = json::truthy(item.as_object(), "required");
    if (field == "username" && (required || !text.empty()) && !is_valid_username(text))
      throw bad_request("Please enter a valid username");
    const std::size_t at = text.find('@');
    const bool address = at != text.npos && at > 0 && text.find('.', at) != text.npos &&
                         text.find_first_of(" \t\r\n<>") == text.npos;
    if (field == "email" && (required || !text.empty()) && !address)
      throw bad_request("Please enter a valid email");
    if (required && text.empty()) throw bad_request(fmt::format("Please enter {}", field));
    if (!text.empty() && field != "password" && field != "roles") values[field] = text;
  }
  const std::string password = body_text(context, "password");
  if (password.empty()) throw bad_request("Please enter a password");
  if (password != body_text(context, "confirm_password")) throw different_passwords();
  return values;
}

Task<std::string> sign_up(Context& context) {
  JsonObject authenticator = co_await requested_authenticator(context);
  const JsonObject options = public_options(context, authenticator);
  if (json::text(authenticator, "authType") != kPasswordAuthType || !json::truthy(options, "allowSignUp"))
    throw forbidden("Not allowed to sign up");
  JsonObject values = checked_sign_up(context, options);
  values["password"] = co_await hash_of(context, body_text(context, "password"));

  data::RequestScope scope = context.scope();
  scope.user_id = 0;  // changing one's own password is no edit of the record
  const data::WriteScope writing = write_scope(context, scope);
  const data::Collection& users = context.schema->collection("users");
  const data::NestedUpdates none;
  data::Work work = [&](data::Session& session) -> Task<void> {
    data::Saved saved = co_await data::create_record(session, writing, users, values, none);
    std::vector<std::string> roles = co_await default_roles(session, scope);
    for (const std::string& role : roles) {
      JsonObject link{{"userId", saved.key}, {"roleName", role}};
      co_await data::create_record(session, writing, context.schema->collection("rolesUsers"), link, none);
    }
  };
  co_await commit(context, work);
  co_return std::string(kNothing);
}

Task<std::string> sign_out(Context& context) {
  const data::Work with = written_down(context, "signOut", context.identity.user_id);
  co_await context.services.authenticator.sign_out(context.identity.token, with);
  clear_session_cookies(context);
  co_return std::string(kNothing);
}

/// The current user with all roles.
Task<JsonObject> current_user(const Context& context) {
  const data::RequestScope scope = context.scope();
  const data::Collection& users = context.schema->collection("users");
  const data::Field& field = users.field("roles");
  const data::Collection& roles = context.schema->collection("roles");
  data::ListRequest request;
  request.paginate = false;
  JsonArray rows;
  data::Work work = [&](data::Session& session) -> Task<void> {
    data::Source source =
        co_await data::resolve_source(session, scope, users, field, Json(context.identity.user_id), false);
    rows = co_await auth::read_rows(session, scope, roles, request, &source);
  };
  co_await context.services.database.read(work);
  JsonObject user = *context.identity.user;
  user["roles"] = std::move(rows);
  co_return user;
}

Task<std::string> check(Context& context) {
  JsonObject user = co_await current_user(context);
  co_return data_body(user);
}

Task<std::string> change_password(Context& context) {
  const JsonObject settings = co_await read_system_settings(context);
  const Json* enabled = json::find(settings, "enableChangePassword");
  if (enabled && enabled->is_bool() && !enabled->get_bool())
    throw forbidden("Password is not allowed to be changed");
  const std::string password = body_text(context, "newPassword");
  if (password != body_text(context, "confirmPassword")) throw different_passwords();
  if (password.empty()) throw bad_request("Please enter a password");

  const std::string id = std::to_string(context.identity.user_id);
  const std::vector<std::string> by_id{"id"};
  std::optional<auth::Account> account = co_await context.services.authenticator.find_account(by_id, id);
  const auth::SignInGuard::Attempt attempt = attempt_of(context, context.identity.user_id, {});
  const bool fits = co_await proves_password(context, attempt, body_text(context, "oldPassword"),
                                             account ? account->password : std::string());
  if (!fits) throw unauthorized("The password is incorrect, please re-enter");

  JsonObject user = co_await current_user(context);
  JsonObject values;
  values["password"] = co_await hash_of(context, password);
  // Taken after the hashing: a token made meanwhile is an older one too.
  values["passwordChangeTz"] = context.services.clock.now().time_since_epoch().count();
  data::RequestScope scope = context.scope();
  scope.user_id = 0;  // changing one's own password is no edit of the record by anybody
  const data::WriteScope writing = write_scope(context, scope);
  const data::NestedUpdates none;
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await data::update_record(session, writing, context.schema->collection("users"), Json(account->id),
                                 values, none);
  };
  co_await commit(context, work);
  co_return data_body(user);
}

Task<std::string> sync_cookies(Context& context) {
  JsonObject authenticator = co_await requested_authenticator(context);
  set_session_cookies(context, context.identity.token, json::text(authenticator, "name"),
                      context.identity.role);
  JsonObject data{{"synced", true}};
  co_return data_body(data);
}

}  // namespace

void register_auth_actions(ActionRegistry& registry) {
  registry.add("auth:signIn", Access::open, sign_in);
  registry.add("auth:signUp", Access::open, sign_up);
  registry.add("auth:signOut", Access::signed_in, sign_out);
  registry.add("auth:check", Access::signed_in, check);
  registry.add("auth:changePassword", Access::signed_in, change_password);
  registry.add("auth:syncCookies", Access::signed_in, sync_cookies);
  register_authenticator_actions(registry);
  register_user_actions(registry);
  register_role_actions(registry);
  register_api_key_actions(registry);
  register_reset_actions(registry);
}

}  // namespace flotilla::api
