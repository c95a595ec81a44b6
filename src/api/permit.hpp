#pragma once

#include <memory>
#include <vector>

#include "auth/permissions/decision.hpp"
#include "auth/permissions/snapshot.hpp"
#include "data/read/read_limits.hpp"

namespace flotilla::api {

/// What decide found out about a request: what the actions have to keep to.
struct Permit {
  std::shared_ptr<const auth::PermissionSnapshot> permissions;  ///< of the moment of deciding
  std::vector<std::shared_ptr<const auth::Role>> roles;         ///< whose grants count
  bool root = false;                                            ///< nothing is limited but by fixed rules

  Json rule;         ///< which rows of the target may be addressed, placeholders replaced; null: all
  Json source_rule;  ///< of an association operation: which source records may be changed; null: all
  /// What may be read of collections that associations lead to.
  std::shared_ptr<const data::ReadLimits> limits;
  bool reads_state = false;  ///< one of the rules compares with the state of the request

  bool prunes_values = false;  ///< nested values are cut to what the roles may do with their targets
  /// For nested records of these collections: what of an existing one may be changed, with its placeholders
  /// replaced.
  std::map<std::string, Json, std::less<>> update_rules;
  /// firstOrCreate and updateOrCreate: whether, and how, the record that is found may be answered or changed.
  struct Found {
    bool allowed = true;
    Json rule;
    std::optional<std::vector<std::string>> fields, whitelist;
  } found;
  std::vector<std::string> server_values;  ///< fields of the values that the server set itself: not cut

  const data::ReadLimits* read_limits() const { return limits.get(); }
};

}  // namespace flotilla::api
