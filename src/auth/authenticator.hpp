#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "auth/renewals.hpp"
#include "auth/session_news.hpp"
#include "auth/session_store.hpp"
#include "auth/token_cache.hpp"
#include "auth/token_policy.hpp"
#include "auth/user_store.hpp"
#include "runtime/async_mutex.hpp"

namespace flotilla::auth {

/// A user that was read so long ago is read again: rows may be changed past this process.
inline constexpr std::chrono::milliseconds kUserAgeMax{10'000};
/// How old the settings may be on a node that does not hear the others.
inline constexpr std::chrono::milliseconds kSettingsAgeMax{100};
inline constexpr std::size_t kUsersCachedMax = 4096;

/// Settings that sessions depend on, as one consistent moment of them.
struct SessionSettings {
  TokenPolicy policy;
  RoleMode role_mode = RoleMode::one;
};

/// A request whose token was accepted.
struct SignedIn {
  std::shared_ptr<const UserRecord> user;
  std::string jti;        ///< empty for tokens without one
  std::string role_name;  ///< of an API key; empty: the request chooses
  std::string new_token;  ///< the token was renewed; the answer has to carry this one
};

struct TokenUse {
  bool event_stream = false;  ///< no header can carry a new token
  bool may_renew = true;      ///< false: an expired token is refused
};

struct NewSession {
  std::shared_ptr<const UserRecord> user;
  std::string token;
};

/// How the nodes of a fleet hear of each other's sessions.
struct FleetLink {
  /// Tells the other nodes, once the transaction is committed.
  std::function<Task<void>(data::Session&, const SessionNews&)> announce;
  /// Whether everything that others told was heard until just now. Does not block.
  std::function<bool()> current;
};

/// Sessions: who a token stands for, signing in and out. A request with a known token costs no query and no
/// HMAC, as long as this node hears the others; otherwise it looks into the database before it trusts a
/// token. Thread-safe. Calls throw Error 401 as contracted, and data::SqlError.
class Authenticator final : public data::ChangeWatcher {
 public:
  struct Options {
    std::string secret;  ///< raw bytes that tokens are signed with
    Random& random;
    const Clock& clock;
    const data::IdSource& next_id;
    std::int64_t jwt_lifetime_ms =
        604'800'000;  ///< of tokens signed without an explicit lifetime: JWT_EXPIRES_IN, 7 d
  };
  Authenticator(Options options, data::Database& database, data::Model& model);

  /// Other nodes work on the same database. Before open().
  void share(FleetLink link) { fleet_ = std::move(link); }
  /// What another node told.
  void hear(const SessionNews& news);
  /// Something may have been missed: what is in memory is forgotten, and what is blocked read anew.
  Task<void> catch_up();

  /// Reads the settings and what is blocked. Once, after the model was opened and seeds were written.
  Task<void> open();
  /// Creates the first user of an empty database; does nothing, and answers false, when there are users.
  Task<bool> install_root_user(const RootUser& root);

  Task<SignedIn> authenticate(std::string_view token, TokenUse use);
  /// Whose token it is by its signature alone, without a look into the database: good enough to share out
  /// places in a line, not to let anybody in.
  std::optional<std::int64_t> signed_for(std::string_view token);
  /// Starts a session, in one transaction with `with`. Throws Error 401 when the user is gone.
  Task<NewSession> sign_in(std::int64_t user_id, std::string authenticator, const data::Work& with = {});
  /// Ends the session of a token that authenticate accepted, in one transaction with `with`.
  Task<void> sign_out(std::string_view token, const data::Work& with = {});
  /// In a transaction: refuses this token once it is committed (a deleted API key), on all nodes. Ones that
  /// are no tokens of this server are left alone.
  Task<void> block(data::Session& session, std::string_view token);
  /// A token that lets `user_id` choose a new password once, for `lifetime_ms`. It signs nobody in.
  std::string reset_token(std::int64_t user_id, std::int64_t lifetime_ms);
  /// The user a reset token is for; nothing when it is none, has expired, was used, or is older than the
  /// user's password.
  Task<std::optional<std::int64_t>> check_reset_token(std::string_view token);
  /// A token with these claims and `iat`, `exp`. `lifetime_ms` 0: the default one.
  std::string sign(JsonObject claims, std::int64_t lifetime_ms = 0) const;

  /// Null when there is no such user. At most kUserAgeMax old.
  Task<std::shared_ptr<const UserRecord>> user(std::int64_t id);
  Task<std::optional<Account>> find_account(const std::vector<std::string>& fields, const std::string& value);

  std::shared_ptr<const SessionSettings> settings() const { return settings_.load(); }
  Task<void> reload_policy();

  Task<void> before_commit(data::Session& session, const data::ChangeLog& changes) override;

 private:
  /// Whether what is in memory may be believed without looking into the database.
  bool is_current() const { return !fleet_.current || fleet_.current(); }
  Task<void> refresh_settings(bool current);
  Task<std::shared_ptr<const UserRecord>> find_user(std::int64_t id, bool current);
  Task<bool> is_revoked(std::string_view token, const TokenClaims& claims, bool current);
  Task<void> load_revocations();
  Task<Renewals::Successor> renew(const JsonObject& claims, const std::string& jti);
  std::string sign(JsonObject claims, std::int64_t lifetime_ms, UnixMs issued) const;

  Options options_;
  data::Database& database_;
  data::Model& model_;
  SessionStore sessions_;
  UserStore user_store_;
  TokenCache tokens_;
  ShardedLru<UserRecord> users_{kUsersCachedMax};
  Revocations revocations_;
  AsyncMutex loading_;    ///< of the revocations
  AsyncMutex reloading_;  ///< of the settings
  FleetLink fleet_;
  Renewals renewals_;
  std::array<AsyncMutex, 16> renewing_;  ///< by id of the old token
  std::atomic<std::shared_ptr<const SessionSettings>> settings_;
  std::atomic<bool> settings_stale_{false};
  std::atomic<std::int64_t> settings_read_ms_{0};
};

}  // namespace flotilla::auth
