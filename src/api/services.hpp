#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/cors.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "data/model/model.hpp"
#include "data/write/change_log.hpp"
#include "data/write/write_scope.hpp"
#include "runtime/blocking_pool.hpp"

namespace flotilla::auth {
class AuditLog;
class Authenticator;
class Permissions;
class PermissionSync;
class SignInGuard;
}  // namespace flotilla::auth
namespace flotilla::cluster {
class Registry;
}

namespace flotilla::api {

class ActionRegistry;
class RateLimit;

/// Everything the steps of the pipeline need, made once by the application. All of it is thread-safe.
struct Services {
  const Settings& settings;
  data::Database& database;
  data::Model& model;
  auth::Authenticator& authenticator;  ///< tokens, sessions, passwords
  auth::Permissions& permissions;      ///< what roles may do
  auth::PermissionSync& permission_sync;
  BlockingPool& scrypt;  ///< for hashing and verifying passwords
  Random& random;
  const Clock& clock;
  const data::IdSource& next_id;
  const CorsPolicy& cors;
  const ActionRegistry& actions;
  cluster::Registry& nodes;
  auth::SignInGuard& sign_in_guard;
  auth::AuditLog& audit;
  RateLimit& rate_limit;
  /// Sends a mail some time soon; does not block. Empty: no mail server is configured.
  std::function<void(Mail)> post_mail = {};
  std::vector<data::ChangeWatcher*> watchers =
      {};                 ///< told of what actions write; set before the first request
  std::string node = {};  ///< this node's id in the fleet
};

}  // namespace flotilla::api
