#pragma once

#include "api/context.hpp"
#include "data/read/list.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::api {

/// The collection whose records an action is about.
struct Target {
  const data::Collection* collection = nullptr;
  const data::Collection* owner = nullptr;   ///< of an association resource
  const data::Field* association = nullptr;  ///< null: the collection itself
  bool to_many() const { return !association || data::is_to_many(association->type); }
};

/// Throws Error 404 when the schema has no such collection or association.
Target target_of(const Context& context);

/// The source record of an association resource; nothing when the resource is a collection, or when the
/// source id is the placeholder `_`.
Task<std::optional<data::Source>> source_of(data::Session& session, const Context& context,
                                            const Target& target, const data::RequestScope& scope,
                                            bool must_exist);

/// List parameters of the request, without paging.
data::ListRequest list_request(const Context& context);

/// Scope of a writing request; its changes are noted in context.changes, for commit().
data::WriteScope write_scope(const Context& context, const data::RequestScope& scope);

/// Runs `write` in a transaction of its own, with what belongs to every one that writes records: it is by the
/// newest schema, runs what the action has left to do in it, and is committed as commit() says.
Task<void> run_in_transaction(Context& context,
                              std::function<Task<void>(data::Session&, const data::WriteScope&)> write);

/// Replaces the texts of password fields by their hashes, nested ones too, before a transaction is begun.
Task<void> hash_passwords(const Context& context, const data::Collection& collection, Json& values);

}  // namespace flotilla::api
