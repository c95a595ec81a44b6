#pragma once

#include <optional>

#include "auth/permissions/grant.hpp"

namespace flotilla::auth {

/// What a role may do with every collection that it has no grants of its own for: `{"actions": ["create",
/// "view:own"]}` or `{"actions": "*"}`.
class Strategy {
 public:
  /// `strategy` as it is stored: an object, or null for a role that has none.
  static Strategy read(const Json& strategy);

  /// Empty when the action is not among them.
  std::optional<Grant> find(std::string_view action) const;
  bool given() const { return given_; }
  bool everything() const { return everything_; }
  /// As stored: `create`, `view:own` … or `*`.
  const Names& entries() const { return entries_; }
  /// Actions that are about all rows.
  Names unrestricted_actions() const;

 private:
  bool given_ = false;
  bool everything_ = false;
  Names entries_;
};

}  // namespace flotilla::auth
