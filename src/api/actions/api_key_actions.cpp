#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/actions/auth_support.hpp"
#include "api/actions/authenticator_actions.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "api/envelope.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/write/destroy.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kKeys = "apiKeys";
/// What `never` stands for: 1,000 years.
constexpr std::int64_t kNeverMs = 31'557'600'000'000;

/// `7d`, a number of seconds, or `never`, in milliseconds. Throws Error 400.
std::int64_t lifetime_ms(const Json* given) {
  long long ms = -1;
  if (given && given->is_number()) {
    const double seconds = given->to_number<double>();
    if (seconds > 0 && seconds * 1000 < static_cast<double>(kNeverMs)) ms = std::llround(seconds * 1000);
  } else if (given && given->is_string()) {
    ms = given->get_string() == "never" ? kNeverMs : parse_duration_ms(given->get_string());
  }
  if (ms < 1000 || ms > kNeverMs)
    throw bad_request(
        R"("expiresIn" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60)");
  return ms;
}

/// Only keys that the caller has made are the caller's to see or take away.
void only_own(Context& context) {
  const JsonObject filter{{"createdById", context.identity.user_id}};
  const JsonObject layer{{"filter", filter}};
  context.params.merge(layer);
}

Task<std::string> create_key(Context& context) {
  const JsonObject& body = body_object(context);
  const Json* given = json::find(body, "role");
  const std::string role(given && given->is_object()   ? json::text(given->get_object(), "name")
                         : given && given->is_string() ? std::string_view(given->get_string())
                                                       : std::string_view());
  if (role.empty()) co_return "{}";  // as recorded: nothing is made, and nothing is said
  const std::shared_ptr<const auth::UserRecord> user =
      co_await context.services.authenticator.user(context.identity.user_id);
  const bool owned =
      user && std::ranges::find(user->roles, role, &auth::OwnedRole::name) != user->roles.end();
  if (!owned || role == auth::kUnionRole) throw bad_request("Role not found");
  const std::int64_t lifetime = lifetime_ms(json::find(body, "expiresIn"));

  JsonObject claims{{"userId", context.identity.user_id}, {"roleName", role}};
  const std::string token = context.services.authenticator.sign(std::move(claims), lifetime);
  JsonObject values{{"name", body_text(context, "name")}, {"roleName", role}, {"token", token}};
  values["expiresIn"] = body_text(context, "expiresIn");
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  const data::NestedUpdates none;
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await context.services.model.check_current(session, *context.schema);
    co_await data::create_record(session, writing, context.schema->collection(kKeys), values, none);
  };
  co_await commit(context, work);
  const JsonObject data{{"token", token}};
  co_return data_body(data);
}

Task<std::string> list_keys(Context& context) {
  only_own(context);
  co_return co_await run_general(context, "list");
}

/// The tokens of the caller's keys that a request addresses.
Task<std::vector<std::string>> addressed_tokens(data::Session& session, const data::RequestScope& scope,
                                                const data::Collection& keys,
                                                const data::ListRequest& request) {
  data::Selection selection;
  selection.collection = &keys;
  selection.columns = {&keys.field("token")};
  selection.shown = selection.columns.size();
  selection.unrestricted = false;
  data::Records found = co_await data::find_records(session, scope, keys, nullptr, request, selection, -1, 0);
  std::vector<std::string> tokens;
  for (std::size_t row = 0; row < found.rows.size(); ++row)
    if (!found.rows.at(row, 0).is_null()) tokens.push_back(found.rows.at(row, 0).as_text());
  co_return tokens;
}

/// The tokens are refused, on all nodes, from the moment on at which their keys are gone.
Task<std::string> destroy_keys(Context& context) {
  only_own(context);
  const data::ListRequest request = list_request(context);
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  const data::Collection& keys = context.schema->collection(kKeys);
  std::int64_t count = 0;
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await context.services.model.check_current(session, *context.schema);
    const std::vector<std::string> tokens = co_await addressed_tokens(session, scope, keys, request);
    count = co_await data::destroy_records(session, writing, keys, nullptr, request);
    for (const std::string& token : tokens) co_await context.services.authenticator.block(session, token);
  };
  co_await commit(context, work);
  co_return data_body(count);
}

}  // namespace

void register_api_key_actions(ActionRegistry& registry) {
  registry.add("apiKeys:create", Access::granted, create_key);
  registry.add("apiKeys:list", Access::granted, list_keys);
  registry.add("apiKeys:destroy", Access::granted, destroy_keys);
  for (std::string_view none : {"get", "update", "firstOrCreate", "updateOrCreate", "move", "add", "set",
                                "remove", "toggle", "query"})
    registry.exclude(fmt::format("{}:{}", kKeys, none));
}

}  // namespace flotilla::api
