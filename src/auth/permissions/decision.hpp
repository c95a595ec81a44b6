#pragma once

#include "auth/permissions/role.hpp"

namespace flotilla::auth {

/// The action that permissions are given on: `list`, `get`, `query` -> `view`, `move` -> `update`, …
std::string_view permission_of(std::string_view action);

/// What is asked for. All of it lives as long as the call.
struct ActionQuestion {
  std::string_view resource;  ///< the collection it is about; of an association, the target
  std::string_view path;      ///< `resource:action` as it was asked for, associations as `a.b:action`
  std::string_view action;
  bool strategy_applies = false;  ///< see is_strategy_resource
};

struct Decision {
  bool allowed = false;
  bool root = false;        ///< nothing is held back, not even by what the collection says
  bool by_snippet = false;  ///< by nothing but a snippet
  Grant grant;
};

/// Roles' strategies speak of collections that people manage (rows of `collections`), and of those built in
/// ones that ask for it with the option `asStrategyResource`.
bool is_strategy_resource(const data::Collection& collection);

/// Whether one role may: root may all; grants of its own on the resource decide alone; then the strategy;
/// then snippets. Pure.
Decision decide_role(const Role& role, const ActionQuestion& question);

/// Whether any of the roles may, with what they grant together. Root among them decides alone. Pure.
Decision decide_roles(const std::vector<std::shared_ptr<const Role>>& roles, const ActionQuestion& question);

}  // namespace flotilla::auth
