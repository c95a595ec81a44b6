#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "api/context.hpp"
#include "runtime/task.hpp"

namespace flotilla::api {

/// Runs an action and answers the body text; status and headers go into the context. Throws Error.
using ActionHandler = std::function<Task<std::string>(Context&)>;

/// Who may call an action without a grant of a role.
enum class Access {
  granted,    ///< only by the role's permissions
  signed_in,  ///< any signed-in user
  open,       ///< everybody; a token is not looked at
};

struct Action {
  ActionHandler run;
  Access access = Access::granted;
};

/// Actions that are not the same for every collection, by `resource:action` (`collections:setFields`,
/// `collections.fields:create`), and those that are, by `*:action`. Filled at start, then read by all
/// threads.
class ActionRegistry {
 public:
  void add(std::string name, Access access, ActionHandler run);
  /// There is no such action, whatever is general.
  void exclude(std::string name) { add(std::move(name), Access::granted, nullptr); }
  /// The special one, else the general one when `general` says that the resource is a collection; null when
  /// neither.
  const Action* find(std::string_view resource, std::string_view action, bool general) const;

 private:
  std::map<std::string, Action, std::less<>> actions_;
};

}  // namespace flotilla::api
