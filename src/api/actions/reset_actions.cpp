#include <fmt/format.h>

#include "api/actions/auth_support.hpp"
#include "api/actions/authenticator_actions.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "base/error.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

constexpr std::int64_t kResetLifetimeMs = 3'600'000;

Error token_expired() { return unauthorized("Token expired"); }

/// How many are sent to an address, and asked for from one, is limited as failed sign-ins are.
Task<void> count_attempt(Context& context, std::int64_t account_id, const std::string& email) {
  auth::SignInGuard::Attempt attempt = attempt_of(context, account_id, email);
  attempt.account = "reset " + attempt.account;
  co_await refuse_when_locked(context, attempt);
  co_await context.services.sign_in_guard.failed(attempt);
}

/// Mails a link with a reset token. The answer is the same whether there is such an account; the link begins
/// with FLOTILLA_PUBLIC_URL, whatever the request says: it must not lead elsewhere.
Task<std::string> lost_password(Context& context) {
  const std::string email = body_text(context, "email");
  if (email.empty()) throw bad_request("Please fill in your email address");
  if (!context.services.post_mail)
    throw unauthorized("Not allowed to reset password: no mail server is configured (FLOTILLA_SMTP_URL)");
  const std::vector<std::string> by_email{"email"};
  const std::optional<auth::Account> account =
      co_await context.services.authenticator.find_account(by_email, email);
  co_await count_attempt(context, account ? account->id : 0, email);
  if (!account) co_return "{}";
  const std::string token = context.services.authenticator.reset_token(account->id, kResetLifetimeMs);
  context.services.post_mail(
      {email, "Reset your password",
       fmt::format(
           "Somebody asked to reset the password of {}. If it was you, open this address within an hour:\n\n"
           "{}/reset-password?resetToken={}\n\nIf it was not, there is nothing to do.",
           email, context.services.settings.mail.public_url, token)});
  co_return "{}";
}

/// The user whom a reset token of the body is for. Throws Error 401 when it is none, or counts no more.
Task<std::int64_t> user_of_reset_token(Context& context) {
  const std::optional<std::int64_t> user =
      co_await context.services.authenticator.check_reset_token(body_text(context, "resetToken"));
  if (!user) throw token_expired();
  co_return *user;
}

Task<std::string> check_reset_token(Context& context) {
  co_await user_of_reset_token(context);
  co_return "{}";
}

Task<std::string> reset_password(Context& context) {
  const std::int64_t user = co_await user_of_reset_token(context);
  const std::string token = body_text(context, "resetToken");
  const std::string password = body_text(context, "password");
  if (password.empty()) throw bad_request("Please enter a password");
  JsonObject values;
  values["password"] = co_await hash_of(context, password);
  values["passwordChangeTz"] = context.services.clock.now().time_since_epoch().count();
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  const data::NestedUpdates none;
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await data::update_record(session, writing, context.schema->collection("users"), Json(user), values,
                                 none);
    co_await context.services.authenticator.block(session, token);
  };
  co_await commit(context, work);
  co_return "{}";
}

}  // namespace

void register_reset_actions(ActionRegistry& registry) {
  registry.add("auth:lostPassword", Access::open, lost_password);
  registry.add("auth:checkResetToken", Access::open, check_reset_token);
  registry.add("auth:resetPassword", Access::open, reset_password);
}

}  // namespace flotilla::api
