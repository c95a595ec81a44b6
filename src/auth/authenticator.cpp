#include "auth/authenticator.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/strings.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kResetClaim = "resetPasswordOf";
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
  co_await load_revocations();
}

Task<void> Authenticator::load_revocations() {
  auto guard = co_await loading_.acquire();
  const std::uint64_t begun = revocations_.begin();
  co_await sessions_.load_blocked(revocations_, options_.clock.now());
  revocations_.finish(begun);
}

void Authenticator::hear(const SessionNews& news) {
  if (news.settings) settings_stale_.store(true);
  if (news.everybody)
    users_.clear();
  else
    for (const std::int64_t id : news.users) users_.erase(std::to_string(id));
  for (const std::string& name : news.revoked) revocations_.add(name);
}

Task<void> Authenticator::catch_up() {
  revocations_.distrust();
  users_.clear();
  settings_stale_.store(true);
  co_await load_revocations();
}

Task<bool> Authenticator::install_root_user(const RootUser& root) {
  const bool installed = co_await user_store_.install_root(root, options_.clock.now());
  users_.clear();
  co_return installed;
}

Task<void> Authenticator::reload_policy() {
  auto guard = co_await reloading_.acquire();  // what was read first must not be stored last
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

  settings_read_ms_.store(ms_of(options_.clock.now()));
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

Task<void> Authenticator::refresh_settings(bool current) {
  if (!current) {
    const std::int64_t now_ms = ms_of(options_.clock.now());
    if (std::abs(now_ms - settings_read_ms_.load()) > kSettingsAgeMax.count()) co_await reload_policy();
    co_return;
  }
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

Task<std::shared_ptr<const UserRecord>> Authenticator::find_user(std::int64_t id, bool current) {
  if (id <= 0) co_return nullptr;
  const std::string key = std::to_string(id);
  const UnixMs now = options_.clock.now();
  if (current) {
    if (auto known = users_.find(key); known && now - known->read_at < kUserAgeMax) co_return known;
  }
  const std::uint64_t generation = users_.generation();
  auto record = co_await user_store_.read(id, now);
  if (record) users_.put(key, record, generation);
  co_return record;
}

Task<std::shared_ptr<const UserRecord>> Authenticator::user(std::int64_t id) {
  co_return co_await find_user(id, is_current());
}

Task<bool> Authenticator::is_revoked(std::string_view token, const TokenClaims& claims, bool current) {
  const std::string name = claims.jti.empty() ? std::string(token) : claims.jti;
  if (current && !revocations_.may_contain(revocation_name(name))) co_return false;
  co_return co_await sessions_.is_blocked(name);
}

Task<std::optional<Account>> Authenticator::find_account(const std::vector<std::string>& fields,
                                                         const std::string& value) {
  co_return co_await user_store_.find_account(fields, value, options_.clock.now());
}

std::optional<std::int64_t> Authenticator::signed_for(std::string_view token) {
  if (token.empty()) return std::nullopt;
  const auto jwt = tokens_.verify(token, options_.secret, options_.clock.now());
  return jwt ? read_token_claims((*jwt)->claims).user_id : std::nullopt;
}

Task<SignedIn> Authenticator::authenticate(std::string_view token, TokenUse use) {
  const UnixMs now = options_.clock.now();
  auto jwt = tokens_.verify(token, options_.secret, now);
  if (!jwt) throw reject_invalid_token().error();
  TokenClaims claims = read_token_claims((*jwt)->claims);
  const bool current = is_current();
  co_await refresh_settings(current);

  SignedIn out;
  out.user = co_await find_user(claims.user_id.value_or(0), current);
  TokenFacts facts;
  facts.user_exists = out.user != nullptr;
  if (out.user) facts.password_changed_ms = out.user->password_changed_ms;
  if (out.user) facts.blocked = co_await is_revoked(token, claims, current);
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

  RenewedSession renewed{random_uuid(options_.random), now};
  if (!co_await sessions_.rotate(jti, renewed.jti, now)) {
    // Perhaps another node has renewed it just now.
    std::optional<RenewedSession> theirs = co_await sessions_.renewed(jti, now);
    if (!theirs) throw reject_failed_renewal().error();
    renewed = std::move(*theirs);
  }
  JsonObject claims = old_claims;
  claims["jti"] = renewed.jti;
  Renewals::Successor successor{renewed.jti, {}};
  successor.token = sign(std::move(claims), settings_.load()->policy.token_expiration_ms, renewed.issued);
  renewals_.remember(jti, successor, renewed.issued);
  co_return successor;
}

std::string Authenticator::sign(JsonObject claims, std::int64_t lifetime_ms) const {
  return sign(std::move(claims), lifetime_ms, options_.clock.now());
}

std::string Authenticator::sign(JsonObject claims, std::int64_t lifetime_ms, UnixMs issued) const {
  const std::int64_t issued_s = ms_of(issued) / 1000;
  claims["iat"] = issued_s;
  claims["exp"] = issued_s + (lifetime_ms > 0 ? lifetime_ms : options_.jwt_lifetime_ms) / 1000;
  return sign_jwt(claims, options_.secret);
}

Task<NewSession> Authenticator::sign_in(std::int64_t user_id, std::string authenticator,
                                        const data::Work& with) {
  const UnixMs now = options_.clock.now();
  const bool current = is_current();
  co_await refresh_settings(current);
  NewSession session;
  session.user = co_await find_user(user_id, current);
  if (!session.user)
    throw unauthorized("User not found. Please sign in again to continue.", "NOT_EXIST_USER");
  const IssuedToken issued{random_uuid(options_.random), user_id, ms_of(now), std::move(authenticator)};
  co_await sessions_.add(issued, now, with);
  JsonObject claims{
      {"userId", user_id}, {"temp", true}, {"signInTime", issued.sign_in_ms}, {"jti", issued.jti}};
  session.token = sign(std::move(claims), settings_.load()->policy.token_expiration_ms);
  co_return session;
}

Task<void> Authenticator::sign_out(std::string_view token, const data::Work& with) {
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await block(session, token);
    if (with) co_await with(session);
  };
  co_await database_.write(work);
  if (revocations_.full()) co_await load_revocations();
}

Task<void> Authenticator::block(data::Session& session, std::string_view token) {
  const UnixMs now = options_.clock.now();
  auto jwt = verify_jwt(token, options_.secret, now);
  if (!jwt) co_return;
  const TokenClaims claims = read_token_claims(jwt->claims);
  const std::string stored = claims.jti.empty() ? std::string(token) : claims.jti;
  const std::string name = revocation_name(stored);
  co_await sessions_.end(session, is_uuid(claims.jti) ? claims.jti : std::string(), stored, expiry_of(claims),
                         now);
  SessionNews news;
  news.revoked.push_back(name);
  if (fleet_.announce) co_await fleet_.announce(session, news);
  session.after_commit([this, name] { revocations_.add(name); });
}

std::string Authenticator::reset_token(std::int64_t user_id, std::int64_t lifetime_ms) {
  // Without userId it is nobody's session.
  JsonObject claims{{kResetClaim, user_id}, {"jti", random_uuid(options_.random)}};
  return sign(std::move(claims), lifetime_ms);
}

Task<std::optional<std::int64_t>> Authenticator::check_reset_token(std::string_view token) {
  auto jwt = verify_jwt(token, options_.secret, options_.clock.now());
  if (!jwt || jwt->expired) co_return std::nullopt;
  const Json* id = json::find(jwt->claims, kResetClaim);
  const TokenClaims claims = read_token_claims(jwt->claims);
  if (!id || !id->is_int64() || claims.user_id || !is_uuid(claims.jti) || !claims.expires_s)
    co_return std::nullopt;
  if (co_await sessions_.is_blocked(claims.jti)) co_return std::nullopt;
  const std::shared_ptr<const UserRecord> user = co_await find_user(id->get_int64(), false);
  if (!user) co_return std::nullopt;
  const std::int64_t issued_ms = claims.issued_s.value_or(0) * 1000;
  if (user->password_changed_ms && *user->password_changed_ms > issued_ms) co_return std::nullopt;
  co_return user->id;
}

Task<void> Authenticator::before_commit(data::Session& session, const data::ChangeLog& changes) {
  const SessionNews news = SessionNews::of(changes);
  if (news.empty()) co_return;
  if (fleet_.announce) co_await fleet_.announce(session, news);
  session.after_commit([this, news] { hear(news); });
}

}  // namespace flotilla::auth
