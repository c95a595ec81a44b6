#pragma once

#include "api/context.hpp"
#include "api/services.hpp"
#include "auth/audit_log.hpp"
#include "auth/authenticator.hpp"
#include "auth/sign_in_guard.hpp"

/// What the actions about users, roles and sessions share.
namespace flotilla::api {

/// The body as an object; an empty one when it is none.
const JsonObject& body_object(const Context& context);
/// A text or number of the body as text; empty for everything else.
std::string body_text(const Context& context, std::string_view name);

/// Rows of a collection, in one read of its own.
Task<JsonArray> read_collection(const Context& context, std::string_view collection,
                                const data::ListRequest& request);
/// The first row of systemSettings, empty when there is none.
Task<JsonObject> read_system_settings(const Context& context);

/// Runs the general action of this name (`update` for `users:update`).
Task<std::string> run_general(Context& context, std::string_view action);

/// True when filterByTk of the request is, or has, this key.
bool addresses(const Context& context, std::string_view key);
/// Refuses (Error 403) or leaves out rows that must stay: those addressed by key are refused, a filter is
/// narrowed.
void protect_rows(Context& context, std::string_view key_field, const std::vector<std::string>& keys);

/// Adds a value that the server sets to every record of the body, past the caller's whitelist.
void add_value(Context& context, JsonObject& record, std::string_view name, Json value);
/// Calls `visit` for each record of the body: itself, or its items.
void each_record(Context& context, const std::function<void(JsonObject&)>& visit);

/// Roles that a user without roles gets: those marked as default.
Task<std::vector<std::string>> default_roles(data::Session& session, const data::RequestScope& scope);

/// True for 1-50 characters without @ < > " ' /.
bool is_valid_username(std::string_view name);

/// Writes down, in the transaction of a session, what the user did: `signIn`, `signOut`.
data::Work written_down(const Context& context, std::string_view type, std::int64_t user_id);

/// Whoever tries to prove a password: counted by account and address. `account_id` 0: `name` is nobody's.
auth::SignInGuard::Attempt attempt_of(const Context& context, std::int64_t account_id, std::string_view name);
/// Throws Error 429, with Retry-After, when there were too many of them.
Task<void> refuse_when_locked(Context& context, const auth::SignInGuard::Attempt& attempt);
/// Checks a password as password_fits does, unless there were too many wrong ones: then Error 429, with
/// Retry-After, whatever the password.
Task<bool> proves_password(Context& context, const auth::SignInGuard::Attempt& attempt, std::string password,
                           std::string stored);

Task<std::string> hash_of(const Context& context, std::string password);
/// Against the decoy when there is no stored hash, so that the time tells nothing.
Task<bool> password_fits(const Context& context, std::string password, std::string stored);

}  // namespace flotilla::api
