#pragma once

#include "auth/permissions/snapshot.hpp"
#include "auth/server_scope.hpp"
#include "data/model/schema_epoch.hpp"

namespace flotilla::auth {

/// The collections whose rows decide what somebody may do. Every write of them raises the permission epoch.
bool decides_permissions(std::string_view collection);
/// These, and those that the acting roles are chosen by.
bool concerns_permissions(std::string_view collection);

/// The tables roles, dataSourcesRoles* of the main data source. Thread-safe; calls throw data::SqlError.
class PermissionStore {
 public:
  PermissionStore(data::Database& database, const data::Model& model, Random& random,
                  const data::IdSource& next_id, const Clock& clock)
      : database_(database), model_(model), random_(random), next_id_(next_id), clock_(clock) {}

  /// Makes the epoch's row when it is not there yet. Any number of nodes may do so at once.
  Task<void> prepare();
  Task<std::int64_t> epoch();
  /// All of them, as of one epoch.
  Task<std::shared_ptr<const PermissionRows>> read();

 private:
  Task<PermissionRows> read(data::Session& session, const ServerScope& server);

  data::Database& database_;
  const data::Model& model_;
  Random& random_;
  const data::IdSource& next_id_;
  const Clock& clock_;
};

}  // namespace flotilla::auth
