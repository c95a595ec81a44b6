#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace flotilla::auth {

/// Who sends a request, as authenticate found out.
struct Identity {
  std::int64_t user_id = 0;  ///< 0: nobody is signed in
  std::shared_ptr<const JsonObject>
      user;                        ///< the row of users without hidden fields; null when nobody is signed in
  std::string role;                ///< acting role: a name, `__union__`, `anonymous`; empty: none
  std::vector<std::string> roles;  ///< roles whose grants count
  std::string jti;                 ///< of the token; empty for tokens without one
  std::string token;               ///< as it came

  /// What filters' variables see: currentUser, currentRole, currentRoles. Made anew at each call.
  JsonObject state() const;

  bool signed_in() const { return user_id > 0; }
  bool is_root() const;
};

}  // namespace flotilla::auth
