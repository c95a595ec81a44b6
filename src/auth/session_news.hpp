#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/write/change_log.hpp"

namespace flotilla::auth {

/// What a node tells the others about sessions after a change is committed. Holds no secrets.
struct SessionNews {
  bool settings = false;             ///< the token policy or the role mode is another one
  bool everybody = false;            ///< what is known of any user may be old
  std::vector<std::int64_t> users;   ///< what is known of these may be old
  std::vector<std::string> revoked;  ///< revocation_name() of tokens

  /// Beyond so many users a message says everybody.
  static constexpr std::size_t kUsersMax = 100;

  bool empty() const { return !settings && !everybody && users.empty() && revoked.empty(); }
  Json message() const;
  /// What a message of another version does not say is taken for said: everybody, settings.
  static SessionNews parse(const Json& message);
  /// What changes of rows mean. Pure.
  static SessionNews of(const data::ChangeLog& changes);
};

}  // namespace flotilla::auth
