#include "api/actions/actions.hpp"

namespace flotilla::api {

void register_actions(ActionRegistry& registry) {
  register_read_actions(registry);
  register_write_actions(registry);
  register_relation_actions(registry);
  register_collection_actions(registry);
  register_auth_actions(registry);
  register_system_actions(registry);
}

}  // namespace flotilla::api
