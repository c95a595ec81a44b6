#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/permissions/role.hpp"

namespace flotilla::auth {

/// The tables of roles and grants at one moment.
struct PermissionRows {
  std::int64_t epoch = 0;  ///< the number of the last change of them
  std::vector<RoleRow> roles;
  std::vector<ResourceRow> resources;
};

/// All roles, compiled for one schema. Immutable: a change of either makes a new one. Any thread may read it.
class PermissionSnapshot {
 public:
  PermissionSnapshot(std::shared_ptr<const PermissionRows> rows, std::shared_ptr<const data::Schema> schema);

  /// Null when there is no such role.
  std::shared_ptr<const Role> find(std::string_view name) const;
  /// The roles of these names that exist, in the order given.
  std::vector<std::shared_ptr<const Role>> find(const Names& names) const;

  const std::shared_ptr<const PermissionRows>& rows() const { return rows_; }
  const std::shared_ptr<const data::Schema>& schema() const { return schema_; }

 private:
  std::shared_ptr<const PermissionRows> rows_;
  std::shared_ptr<const data::Schema> schema_;
  std::map<std::string, std::shared_ptr<const Role>, std::less<>> roles_;
};

}  // namespace flotilla::auth
