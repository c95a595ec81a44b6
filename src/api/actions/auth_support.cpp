#include "api/actions/auth_support.hpp"

#include <algorithm>

#include "api/action.hpp"
#include "api/client_address.hpp"
#include "api/origin.hpp"
#include "auth/password.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {

const JsonObject& body_object(const Context& context) {
  static const JsonObject kEmpty;
  return context.params.values.is_object() ? context.params.values.get_object() : kEmpty;
}

std::string body_text(const Context& context, std::string_view name) {
  const Json* value = json::find(body_object(context), name);
  return value && (value->is_string() || value->is_number()) ? json::to_text(*value) : std::string();
}

Task<JsonArray> read_collection(const Context& context, std::string_view collection,
                                const data::ListRequest& request) {
  const data::RequestScope scope = context.scope();
  const data::Collection& c = context.schema->collection(collection);
  JsonArray rows;
  data::Work work = [&](data::Session& session) -> Task<void> {
    rows = co_await auth::read_rows(session, scope, c, request);
  };
  co_await context.services.database.read(work);
  co_return rows;
}

Task<JsonObject> read_system_settings(const Context& context) {
  data::ListRequest request;
  request.page_size = 1;
  JsonArray rows = co_await read_collection(context, "systemSettings", request);
  co_return rows.empty() ? JsonObject() : std::move(rows.front().as_object());
}

Task<std::string> run_general(Context& context, std::string_view action) {
  const Action* general = context.services.actions.find("*", action, false);
  if (!general) throw not_found();
  co_return co_await general->run(context);
}

namespace {

bool is_key(const Json& value, std::string_view key) {
  if (value.is_string()) {
    for (const std::string& part : split(value.get_string(), ',')) {
      if (trim(part) == key) return true;
    }
    return false;
  }
  if (value.is_number()) return json::to_text(value) == key;
  if (value.is_array())
    return std::ranges::any_of(value.get_array(), [&](const Json& item) { return is_key(item, key); });
  if (value.is_object())
    return std::ranges::any_of(value.get_object(),
                               [&](const auto& member) { return is_key(member.value(), key); });
  return false;
}

}  // namespace

bool addresses(const Context& context, std::string_view key) {
  return is_key(context.params.filter_by_tk, key);
}

void protect_rows(Context& context, std::string_view key_field, const std::vector<std::string>& keys) {
  JsonArray kept;
  for (const std::string& key : keys) {
    if (addresses(context, key)) throw forbidden();
    kept.push_back(Json(key));
  }
  JsonObject others{{"$notIn", std::move(kept)}};
  JsonObject filter;
  filter[key_field] = std::move(others);
  JsonObject layer{{"filter", std::move(filter)}};
  context.params.merge(layer);
}

void add_value(Context& context, JsonObject& record, std::string_view name, Json value) {
  record[name] = std::move(value);
  context.permit.server_values.emplace_back(name);
  auto& whitelist = context.params.whitelist;
  if (whitelist && std::ranges::find(*whitelist, name) == whitelist->end()) whitelist->emplace_back(name);
  std::erase(context.params.blacklist, name);
}

void each_record(Context& context, const std::function<void(JsonObject&)>& visit) {
  Json& values = context.params.values;
  if (values.is_object()) return visit(values.get_object());
  if (!values.is_array()) return;
  for (Json& item : values.get_array()) {
    if (item.is_object()) visit(item.get_object());
  }
}

Task<std::vector<std::string>> default_roles(data::Session& session, const data::RequestScope& scope) {
  data::ListRequest request;
  request.paginate = false;
  JsonArray rows = co_await auth::read_rows(session, scope, scope.schema.collection("roles"), request);
  std::vector<std::string> names;
  for (const Json& row : rows) {
    if (json::truthy(row.as_object(), "default")) names.emplace_back(json::text(row.as_object(), "name"));
  }
  co_return names;
}

bool is_valid_username(std::string_view name) {
  constexpr std::size_t kCharactersMax = 50;
  if (name.find_first_of("@<>\"'/") != name.npos) return false;
  const auto characters =
      std::ranges::count_if(name, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return characters >= 1 && static_cast<std::size_t>(characters) <= kCharactersMax;
}

Task<std::string> hash_of(const Context& context, std::string password) {
  Random& random = context.services.random;
  auto hash = [&] { return auth::hash_password(password, random); };
  co_return co_await context.services.scrypt.run(hash);
}

Task<bool> password_fits(const Context& context, std::string password, std::string stored) {
  const bool known = !stored.empty();
  const std::string_view against = known ? std::string_view(stored) : auth::decoy_password_hash();
  auto verify = [&] { return auth::verify_password(password, against); };
  const bool fits = co_await context.services.scrypt.run(verify);
  co_return known&& fits;
}

data::Work written_down(const Context& context, std::string_view type, std::int64_t user_id) {
  data::Origin origin = origin_of(context);
  origin.user_id = user_id;
  std::vector<auth::AuditEntry> entries{{std::string(type), "users", Json(user_id), {}}};
  auth::AuditLog& audit = context.services.audit;
  return [origin = std::move(origin), entries = std::move(entries),
          &audit](data::Session& session) -> Task<void> { co_await audit.write(session, origin, entries); };
}

auth::SignInGuard::Attempt attempt_of(const Context& context, std::int64_t account_id,
                                      std::string_view name) {
  std::string account = account_id > 0 ? "user " + std::to_string(account_id) : "name " + lower(trim(name));
  return {std::move(account), client_address(context.request, context.services.settings.trusted_proxies)};
}

Task<void> refuse_when_locked(Context& context, const auth::SignInGuard::Attempt& attempt) {
  const auto wait = co_await context.services.sign_in_guard.locked(attempt);
  if (!wait) co_return;
  context.headers.emplace_back("Retry-After", std::to_string(wait->count()));
  throw Error(429, "Too many failed attempts, please try again later", "TOO_MANY_ATTEMPTS");
}

Task<bool> proves_password(Context& context, const auth::SignInGuard::Attempt& attempt, std::string password,
                           std::string stored) {
  auth::SignInGuard& guard = context.services.sign_in_guard;
  co_await refuse_when_locked(context, attempt);
  const bool fits = co_await password_fits(context, std::move(password), std::move(stored));
  if (!fits) {
    co_await guard.failed(attempt);
    co_return false;
  }
  co_await refuse_when_locked(context, attempt);
  co_await guard.succeeded(attempt);
  co_return true;
}

}  // namespace flotilla::api
