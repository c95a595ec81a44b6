#include "auth/authenticator.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kPolicyKey = "token-policy-config";

std::int64_t ms_of(UnixMs at) { return at.time_since_epoch().count(); }

/// Ids that this server gave are uuids; others need no look into a uuid column.
bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !digit) return false;
  }
  return true;
}

UnixMs expiry_of(const TokenClaims& claims) {
  // API keys that never expire live a thousand years; nothing may overflow for a strange claim.
  constexpr std::int64_t kYear10000 = 253'402'300'799;
  if (!claims.expires_s) return UnixMs(std::chrono::seconds(kYear10000));
  return UnixMs(std::chrono::seconds(std::clamp<std::int64_t>(*claims.expires_s, 0, kYear10000)));
}

}  // namespace

Authenticator::Authenticator(Options options, data::Database& database, data::Model& model)
    : options_(std::move(options)),
      database_(database),
      model_(model),
      sessions_(database, model, options_.random, options_.next_id),
      user_store_(database, model, options_.random, options_.next_id),
      settings_(std::make_shared<const SessionSettings>()) {}

Task<void> Authenticator::open() {
  co_await reload_policy();
  co_await sessions_.load_blocked(blacklist_, options_.clock.now());
}

Task<bool> Authenticator::install_root_user(const RootUser& root) {
  const bool installed = co_await user_store_.install_root(root, options_.clock.now());
  forget_all();
  co_return installed;
}

Task<void> Authenticator::reload_policy() {
  const ServerScope server(model_, options_.random, options_.next_id, options_.clock.now());
  data::ListRequest policy_row;
  policy_row.paginate = false;
  policy_row.keys = Json(kPolicyKey);
  data::ListRequest first;
  first.page_size = 1;
  JsonArray policies, systems;
  data::Work work = [&](data::Session& session) -> Task<void> {
    policies =
        co_await read_rows(session, server.scope(), server.collection("tokenControlConfig"), policy_row);
    systems = co_await read_rows(session, server.scope(), server.collection("systemSettings"), first);
  };
  co_await database_.read(work);

  auto next = std::make_shared<SessionSettings>(*settings_.load());
  const Json* config = policies.empty() ? nullptr : json::find(policies.front().as_object(), "config");
  try {
    if (config && config->is_object()) next->policy = read_token_policy(config->get_object());
  } catch (const Error&) {
    // A row that somebody spoilt past the API: the policy that was in force stays.
  }
  if (!systems.empty()) next->role_mode = read_role_mode(json::text(systems.front().as_object(), "roleMode"));
  settings_.store(std::move(next));
}

Task<void> Authenticator::refresh_settings() {
  if (!settings_stale_.load(std::memory_order_relaxed) || !settings_stale_.exchange(false)) co_return;
  bool read = false;
  try {
    co_await reload_policy();
    read = true;
  } catch (const data::SqlError&) {
    // The next request tries again; this one goes on under the settings known so far.
  }
  if (!read) settings_stale_.store(true);
}

Task<std::shared_ptr<const UserRecord>> Authenticator::user(std::int64_t id) {
  if (id <= 0) co_return nullptr;
  const std::string key = std::to_string(id);
  const UnixMs now = options_.clock.now();
  if (auto known = users_.find(key); known && now - known->read_at < kUserAgeMax) co_return known;
  const std::uint64_t generation = users_.generation();
  auto record = co_await user_store_.read(id, now);
  if (record) users_.put(key, record, generation);
  co_return record;
}

Task<std::optional<Account>> Authenticator::find_account(const std::vector<std::string>& fields,
                                                         const std::string& value) {
  co_return co_await user_store_.find_account(fields, value, options_.clock.now());
}

Task<SignedIn> Authenticator::authenticate(std::string_view token, TokenUse use) {
  const UnixMs now = options_.clock.now();
  auto jwt = tokens_.verify(token, options_.secret, now);
  if (!jwt) throw reject_invalid_token().error();
  TokenClaims claims = read_token_claims((*jwt)->claims);
  co_await refresh_settings();

  SignedIn out;
  out.user = co_await user(claims.user_id.value_or(0));
  TokenFacts facts;
  facts.user_exists = out.user != nullptr;
  if (out.user) facts.password_changed_ms = out.user->password_changed_ms;
  facts.blocked = blacklist_.contains(claims.jti.empty() ? token : std::string_view(claims.jti));
  facts.event_stream = use.event_stream;
  const auto settings = settings_.load();
  TokenDecision decision = decide_token(**jwt, facts, settings->policy, now);
  if (decision.kind == TokenDecision::Kind::kReject) throw decision.error();
  out.jti = claims.jti;
  out.role_name = claims.role_name;
  if (decision.kind == TokenDecision::Kind::kRenew) {
    if (!use.may_renew) throw reject_invalid_token().error();
    Renewals::Successor successor = co_await renew((*jwt)->claims, claims.jti);
    out.jti = std::move(successor.jti);
    out.new_token = std::move(successor.token);
  }
  co_return out;
}

Task<Renewals::Successor> Authenticator::renew(const JsonObject& old_claims, const std::string& jti) {
  // Requests with the same token wait for the first of them, so that all get the one new token.
  AsyncMutex& mutex = renewing_[std::hash<std::string>{}(jti) % renewing_.size()];
  AsyncMutex::Guard guard = co_await mutex.acquire();
  const UnixMs now = options_.clock.now();
  if (auto known = renewals_.find(jti, now)) co_return *known;
  if (!is_uuid(jti)) throw reject_failed_renewal().error();

  Renewals::Successor successor{random_uuid(options_.random), {}};
  const bool won = co_await sessions_.rotate(jti, successor.jti, now);
  if (!won) throw reject_failed_renewal().error();
  JsonObject claims = old_claims;
  claims["jti"] = successor.jti;
  successor.token = sign(std::move(claims), settings_.load()->policy.token_expiration_ms);
  renewals_.remember(jti, successor, now);
  co_return successor;
}

std::string Authenticator::sign(JsonObject claims, std::int64_t lifetime_ms) const {
  const std::int64_t issued_s = ms_of(options_.clock.now()) / 1000;
  claims["iat"] = issued_s;
  claims["exp"] = issued_s + (lifetime_ms > 0 ? lifetime_ms : options_.jwt_lifetime_ms) / 1000;
  return sign_jwt(claims, options_.secret);
}

Task<NewSession> Authenticator::sign_in(std::int64_t user_id, std::string authenticator) {
  const UnixMs now = options_.clock.now();
  co_await refresh_settings();
  NewSession session;
  session.user = co_await user(user_id);
  if (!session.user)
    throw unauthorized("User not found. Please sign in again to continue.", "NOT_EXIST_USER");
  const IssuedToken issued{random_uuid(options_.random), user_id, ms_of(now), std::move(authenticator)};
  co_await sessions_.add(issued, now);
  JsonObject claims{
      {"userId", user_id}, {"temp", true}, {"signInTime", issued.sign_in_ms}, {"jti", issued.jti}};
  session.token = sign(std::move(claims), settings_.load()->policy.token_expiration_ms);
  co_return session;
}

Task<void> Authenticator::sign_out(std::string_view token) { co_await block(token); }

Task<void> Authenticator::block(std::string_view token) {
  const UnixMs now = options_.clock.now();
  auto jwt = verify_jwt(token, options_.secret, now);
  if (!jwt) co_return;
  const TokenClaims claims = read_token_claims(jwt->claims);
  const std::string name = claims.jti.empty() ? std::string(token) : claims.jti;
  const UnixMs until = expiry_of(claims);
  blacklist_.sweep(now);
  co_await sessions_.end(is_uuid(claims.jti) ? claims.jti : std::string(), name, until, now);
  blacklist_.add(name, until);
}

void Authenticator::after_write(std::string_view resource) {
  const std::vector<std::string> parts = split(resource, '.');
  std::string target;  // of an association: what it writes may be users under any name
  if (parts.size() == 2) {
    const auto schema = model_.schema();
    const data::Collection* owner = schema->find(parts[0]);
    const data::Field* field = owner ? owner->find(parts[1]) : nullptr;
    if (field) target = field->association.target;
  }
  auto wrote = [&](std::string_view name) {
    return target == name || std::ranges::find(parts, name) != parts.end();
  };
  if (wrote("users") || wrote("roles") || wrote("rolesUsers") || wrote("authenticators")) forget_all();
  if (wrote("tokenControlConfig") || wrote("systemSettings")) settings_stale_.store(true);
}

}  // namespace flotilla::auth
