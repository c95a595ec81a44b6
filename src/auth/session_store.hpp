#pragma once

#include <string>

#include "auth/blacklist.hpp"
#include "auth/server_scope.hpp"

namespace flotilla::auth {

/// What a row of issuedTokens says when a session starts.
struct IssuedToken {
  std::string jti;
  std::int64_t user_id = 0;
  std::int64_t sign_in_ms = 0;
  std::string authenticator;
};

/// The tables issuedTokens and tokenBlacklist. Thread-safe; calls throw data::SqlError.
class SessionStore {
 public:
  SessionStore(data::Database& database, const data::Model& model, Random& random,
               const data::IdSource& next_id)
      : database_(database), model_(model), random_(random), next_id_(next_id) {}

  Task<void> add(const IssuedToken& issued, UnixMs now);
  /// Gives a session a new id; false when there is no session of the old one. Of many at once, one wins.
  Task<bool> rotate(const std::string& old_jti, const std::string& new_jti, UnixMs now);
  /// Forgets the session, so that its token can not be renewed after it expired, and blocks `token` until
  /// then.
  Task<void> end(const std::string& jti, const std::string& token, UnixMs until, UnixMs now);
  /// Adds what the table blocks now.
  Task<void> load_blocked(Blacklist& blacklist, UnixMs now);

 private:
  data::Database& database_;
  const data::Model& model_;
  Random& random_;
  const data::IdSource& next_id_;
};

}  // namespace flotilla::auth
