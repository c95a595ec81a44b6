#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "auth/renewals.hpp"
#include "auth/session_store.hpp"
#include "auth/token_cache.hpp"
#include "auth/token_policy.hpp"
#include "auth/user_store.hpp"
#include "runtime/async_mutex.hpp"

namespace flotilla::auth {

/// A user that was read so long ago is read again: rows may be changed past this process.
inline constexpr std::chrono::milliseconds kUserAgeMax{10'000};
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

/// Sessions: who a token stands for, signing in and out. A request with a known token costs no query and no
/// HMAC. Thread-safe. Calls throw Error 401 as contracted, and data::SqlError.
class Authenticator {
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

  /// Reads the settings and what is blocked. Once, after the model was opened and seeds were written.
  Task<void> open();
  /// Creates the first user of an empty database; does nothing, and answers false, when there are users.
  Task<bool> install_root_user(const RootUser& root);

  Task<SignedIn> authenticate(std::string_view token, TokenUse use);
  /// Starts a session. Throws Error 401 when the user is gone.
  Task<NewSession> sign_in(std::int64_t user_id, std::string authenticator);
  /// Ends the session of a token that authenticate accepted.
  Task<void> sign_out(std::string_view token);
  /// Refuses this token from now on (a deleted API key). Ones that are no tokens of this server are left
  /// alone.
  Task<void> block(std::string_view token);
  /// A token with these claims and `iat`, `exp`. `lifetime_ms` 0: the default one.
  std::string sign(JsonObject claims, std::int64_t lifetime_ms = 0) const;

  /// Null when there is no such user. At most kUserAgeMax old.
  Task<std::shared_ptr<const UserRecord>> user(std::int64_t id);
  Task<std::optional<Account>> find_account(const std::vector<std::string>& fields, const std::string& value);

  std::shared_ptr<const SessionSettings> settings() const { return settings_.load(); }
  Task<void> reload_policy();

  void forget_user(std::int64_t id) { users_.erase(std::to_string(id)); }
  void forget_all() { users_.clear(); }
  /// To be called after rows of `resource` (`users`, `roles.users`) were written: drops what was read of
  /// them.
  void after_write(std::string_view resource);

 private:
  Task<void> refresh_settings();
  Task<Renewals::Successor> renew(const JsonObject& claims, const std::string& jti);

  Options options_;
  data::Database& database_;
  data::Model& model_;
  SessionStore sessions_;
  UserStore user_store_;
  TokenCache tokens_;
  ShardedLru<UserRecord> users_{kUsersCachedMax};
  Blacklist blacklist_;
  Renewals renewals_;
  std::array<AsyncMutex, 16> renewing_;  ///< by id of the old token
  std::atomic<std::shared_ptr<const SessionSettings>> settings_;
  std::atomic<bool> settings_stale_{false};
};

}  // namespace flotilla::auth
