#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/role_choice.hpp"
#include "auth/server_scope.hpp"

namespace flotilla::auth {

/// A user as requests need it.
struct UserRecord {
  std::int64_t id = 0;
  JsonObject document;           ///< the row without hidden fields
  std::vector<OwnedRole> roles;  ///< in the order of names
  std::optional<std::int64_t> password_changed_ms;
  UnixMs read_at;
};

/// What a password is checked against.
struct Account {
  std::int64_t id = 0;
  std::string password;  ///< stored hash, may be empty
};

/// The first user; `password_hash` as auth::hash_password makes it.
struct RootUser {
  std::string username;
  std::string email;
  std::string password_hash;
  std::string nickname;
};

/// The tables users and rolesUsers. Thread-safe; calls throw data::SqlError.
class UserStore {
 public:
  UserStore(data::Database& database, const data::Model& model, Random& random, const data::IdSource& next_id)
      : database_(database), model_(model), random_(random), next_id_(next_id) {}

  /// Null when there is no such user.
  Task<std::shared_ptr<const UserRecord>> read(std::int64_t id, UnixMs now);
  /// The user any of whose `fields` equals `value`.
  Task<std::optional<Account>> find_account(const std::vector<std::string>& fields, const std::string& value,
                                            UnixMs now);
  /// Creates the first user with the roles root (default), admin and member. Does nothing, and
  /// answers false, when there are users.
  Task<bool> install_root(const RootUser& root, UnixMs now);

 private:
  data::Database& database_;
  const data::Model& model_;
  Random& random_;
  const data::IdSource& next_id_;
};

}  // namespace flotilla::auth
