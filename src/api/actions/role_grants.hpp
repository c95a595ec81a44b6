#pragma once

#include <optional>
#include <string>

#include "data/write/write_scope.hpp"

/// A role's own grants on one collection: a row of dataSourcesRolesResources with its actions.
namespace flotilla::api {

struct GrantPlace {
  std::string role;
  std::string source = "main";  ///< data source
  std::string resource;         ///< collection
};

/// Its row with `actions` and `actions.scope`; null when the role has none there.
Task<Json> read_grants(data::Session& session, const data::RequestScope& scope, const GrantPlace& place);

/// Makes or changes the row. `actions` in the values replace those that were there, unless named by id.
Task<Json> put_grants(data::Session& session, const data::WriteScope& scope, const GrantPlace& place,
                      const JsonObject& values);

/// New fields are added to the lists of every action on their collection that has one, removed ones are taken
/// out of them.
Task<void> add_field_to_grants(data::Session& session, const data::WriteScope& scope,
                               const std::string& collection, const std::vector<std::string>& fields);
Task<void> remove_field_from_grants(data::Session& session, const data::WriteScope& scope,
                                    const std::string& collection, const std::vector<std::string>& fields);
/// Of a collection that is gone.
Task<void> revoke_grants(data::Session& session, const data::WriteScope& scope,
                         const std::string& collection);

}  // namespace flotilla::api
