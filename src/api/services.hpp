#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/cors.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "data/model/model.hpp"
#include "data/write/write_scope.hpp"
#include "runtime/blocking_pool.hpp"

namespace flotilla::auth {
class Authenticator;
class Permissions;
class PermissionSync;
}  // namespace flotilla::auth
namespace flotilla::cluster {
class Registry;
}

namespace flotilla::api {

class ActionRegistry;

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
};

}  // namespace flotilla::api
