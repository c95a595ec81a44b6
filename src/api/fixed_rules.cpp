#include "api/fixed_rules.hpp"

namespace flotilla::api {
namespace {

JsonObject none_of(std::string_view field, JsonArray values) {
  JsonObject condition{{"$notIn", std::move(values)}};
  JsonObject out;
  out[field] = std::move(condition);
  return out;
}

}  // namespace

Json fixed_rule(std::string_view resource, std::string_view action) {
  if (action != "destroy") return nullptr;
  if (resource == "users") return none_of("id", {1});
  if (resource == "roles") return none_of("name", {"root", "admin", "member"});
  if (resource == "rolesResourcesScopes" || resource == "dataSourcesRolesResourcesScopes")
    return none_of("key", {"all", "own"});
  if (resource == "storages") return JsonObject{{"default", JsonObject{{"$isFalsy", true}}}};
  return nullptr;
}

}  // namespace flotilla::api
