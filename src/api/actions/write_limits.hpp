#pragma once

#include "api/actions/target.hpp"
#include "data/write/move.hpp"

/// What the permit of a request says about the records that it writes, looked at in its transaction. All
/// throw Error 403 where it says no.
namespace flotilla::api {

/// Each record of the values without any of its members.
Json without_members(const Json& values);

/// Keys of the records that a request addresses.
Task<std::vector<Json>> addressed_keys(data::Session& session, const data::WriteScope& scope,
                                       const Target& target, const data::Source* source,
                                       const data::ListRequest& request);
/// Of a list of records to update, the key of each; the record must be within the rule.
Task<Json> listed_key(data::Session& session, const Context& context, const data::WriteScope& scope,
                      const data::Collection& collection, const JsonObject& record);
/// Who names records by key is told when one of them is not theirs to delete.
Task<void> check_all_in_scope(data::Session& session, const data::WriteScope& scope, const Target& target,
                              const data::Source* source, const data::ListRequest& request);

/// firstOrCreate, updateOrCreate: who may create need not be allowed to see or change what is there already.
/// Cuts the values to what update lists.
Task<void> check_found(data::Session& session, const Context& context, const data::WriteScope& scope,
                       const Target& target, const Json& key, Json& values);
/// A record that was only found shows what a list would.
Task<void> write_shown(data::Session& session, const Context& context, const data::WriteScope& scope,
                       const Target& target, const Json& key, JsonWriter& out);
/// What is moved must be the role's to update, and what it is moved to must be in its view.
Task<void> check_move(data::Session& session, const Context& context, const data::WriteScope& scope,
                      const Target& target, const data::MoveRequest& request);

}  // namespace flotilla::api
