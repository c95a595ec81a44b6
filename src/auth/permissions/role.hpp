#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/permissions/grant.hpp"
#include "auth/permissions/snippets.hpp"
#include "auth/permissions/strategy.hpp"
#include "data/schema/schema.hpp"

namespace flotilla::auth {

inline constexpr std::string_view kRootRole = "root";

/// A role as the tables have it.
struct RoleRow {
  std::string name;
  Json strategy;  ///< of the main data source
  Names snippets;
  bool allow_configure = false;
};

/// What a role is granted on one resource, when it has grants of its own there.
struct ResourceRow {
  std::string role;
  std::string name;  ///< collection
  std::vector<ConfiguredGrant> actions;
};

using ResourceGrants = std::map<std::string, Grant, std::less<>>;  ///< by action

/// A role, compiled: nothing is read from the database to decide by it. Immutable.
struct Role {
  std::string name;
  Strategy strategy;
  SnippetRules snippets;
  bool allow_configure = false;
  Names resource_order;  ///< of `resources`, as stored
  std::map<std::string, ResourceGrants, std::less<>> resources;

  bool is_root() const { return name == kRootRole; }
};

/// `resources` are those of this role.
Role compile_role(const RoleRow& row, const std::vector<const ResourceRow*>& resources,
                  const data::Schema& schema);

}  // namespace flotilla::auth
