#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/permissions/grant.hpp"

namespace flotilla::auth {

/// Named bundles of actions: `pm.acl.roles` -> `roles:*`, … Roles are given them by rules. Filled at start.
class SnippetRegistry {
 public:
  /// `actions` are globs over `resource:action`. A second registration of a name adds to the first. A
  /// trailing `.*` of the name is cut off. Throws std::invalid_argument for a name with `*` or a dot at its
  /// end.
  void add(std::string name, Names actions);
  const std::map<std::string, Names, std::less<>>& all() const { return snippets_; }

 private:
  std::map<std::string, Names, std::less<>> snippets_;
};

/// The snippets of this server.
const SnippetRegistry& known_snippets();

/// What the rules of a role (`pm.*`, `!ui.*`: globs over names of snippets, `!` takes away) come to.
class SnippetRules {
 public:
  SnippetRules() = default;
  SnippetRules(Names rules, const SnippetRegistry& registry);

  /// true: allowed; false: taken away; nothing: no rule speaks of it. `path` is `resource:action`.
  std::optional<bool> allowed(std::string_view path) const;
  const Names& rules() const { return rules_; }

 private:
  Names rules_;
  Names allowed_;   ///< globs of actions
  Names rejected_;  ///< globs of actions
};

/// Rules of several roles: what one includes is included; what is excluded stays so when every role
/// excludes it, or every role that includes anything of the same family does.
Names merged_snippets(const std::vector<Names>& roles);

}  // namespace flotilla::auth
