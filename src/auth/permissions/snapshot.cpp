#include "auth/permissions/snapshot.hpp"

namespace flotilla::auth {

PermissionSnapshot::PermissionSnapshot(std::shared_ptr<const PermissionRows> rows,
                                       std::shared_ptr<const data::Schema> schema)
    : rows_(std::move(rows)), schema_(std::move(schema)) {
  std::map<std::string_view, std::vector<const ResourceRow*>> resources;
  for (const ResourceRow& row : rows_->resources) resources[row.role].push_back(&row);
  for (const RoleRow& row : rows_->roles)
    roles_.insert_or_assign(row.name,
                            std::make_shared<const Role>(compile_role(row, resources[row.name], *schema_)));
}

std::shared_ptr<const Role> PermissionSnapshot::find(std::string_view name) const {
  auto at = roles_.find(name);
  return at == roles_.end() ? nullptr : at->second;
}

std::vector<std::shared_ptr<const Role>> PermissionSnapshot::find(const Names& names) const {
  std::vector<std::shared_ptr<const Role>> out;
  for (const std::string& name : names) {
    if (auto role = find(name)) out.push_back(std::move(role));
  }
  return out;
}

}  // namespace flotilla::auth
