#include "api/action.hpp"

namespace flotilla::api {

void ActionRegistry::add(std::string name, Access access, ActionHandler run) {
  actions_.insert_or_assign(std::move(name), Action{std::move(run), access});
}

const Action* ActionRegistry::find(std::string_view resource, std::string_view action, bool general) const {
  std::string name(resource);
  name += ':';
  name += action;
  if (auto at = actions_.find(name); at != actions_.end()) return at->second.run ? &at->second : nullptr;
  if (!general) return nullptr;
  name = "*:";
  name += action;
  auto at = actions_.find(name);
  return at == actions_.end() ? nullptr : &at->second;
}

}  // namespace flotilla::api
