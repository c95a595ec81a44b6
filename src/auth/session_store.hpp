#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "auth/renewals.hpp"
#include "auth/revocations.hpp"
#include "auth/server_scope.hpp"

namespace flotilla::auth {

/// What a row of issuedTokens says when a session starts.
struct IssuedToken {
  std::string jti;
  std::int64_t user_id = 0;
  std::int64_t sign_in_ms = 0;
  std::string authenticator;
};

/// What a session was renewed to.
struct RenewedSession {
  std::string jti;
  UnixMs issued;
};

/// Rows of tokenBlacklist that have expired are removed at most so often: it takes a look at all of them.
inline constexpr std::chrono::milliseconds kBlacklistSweep{60'000};

/// The tables issuedTokens and tokenBlacklist. Thread-safe; calls throw data::SqlError.
class SessionStore {
 public:
  SessionStore(data::Database& database, const data::Model& model, Random& random,
               const data::IdSource& next_id)
      : database_(database), model_(model), random_(random), next_id_(next_id) {}

  /// In one transaction with `with`, when there is such.
  Task<void> add(const IssuedToken& issued, UnixMs now, const data::Work& with);
  /// Gives a session a new id; false when there is no session of the old one. Of many at once, one wins.
  Task<bool> rotate(const std::string& old_jti, const std::string& new_jti, UnixMs now);
  /// What the session of `old_jti` was renewed to, by any node, within kRenewalMemory before `now`.
  Task<std::optional<RenewedSession>> renewed(const std::string& old_jti, UnixMs now);
  /// In a transaction: forgets the session, so that its token can not be renewed after it expired, and blocks
  /// `token` until then.
  Task<void> end(data::Session& session, const std::string& jti, const std::string& token, UnixMs until,
                 UnixMs now);
  Task<bool> is_blocked(const std::string& token);
  /// Loads what the table blocks now.
  Task<void> load_blocked(Revocations& revocations, UnixMs now);

 private:
  data::Database& database_;
  const data::Model& model_;
  Random& random_;
  const data::IdSource& next_id_;
  std::atomic<std::int64_t> swept_ms_{0};
};

}  // namespace flotilla::auth
