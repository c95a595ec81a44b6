#pragma once

#include <cstdint>
#include <stdexcept>

#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

/// Numbers that count the changes of the schema, and of roles and grants, kept in the database: what one node
/// has changed, every other finds out by them. `system` is a schema of the system collections.
namespace flotilla::data {

/// The schema that a request was served by is not that of the database any more: follow, then try again.
class StaleSchema : public std::runtime_error {
 public:
  StaleSchema() : std::runtime_error("the schema was changed by another node") {}
};

/// Waits until no other transaction of any node holds it; held to the end of the session's transaction.
Task<void> lock_schema(Session& session);

enum class EpochOf { schema, permissions };

/// 0 before the first change.
Task<std::int64_t> read_epoch(Session& session, const Schema& system, EpochOf what = EpochOf::schema);

/// Counts a change of the schema, in its transaction and under lock_schema(); answers the new number.
Task<std::int64_t> raise_epoch(Session& session, const Schema& system);

/// Begins to count, under lock_schema(); does nothing when that was done before.
Task<void> start_epoch(Session& session, const Schema& system, EpochOf what);

/// Counts a change in its transaction; answers the new number. Changes that run at the same time wait here
/// for each other's commits, so that no two have the same number. After start_epoch().
Task<std::int64_t> count_up(Session& session, const Schema& system, EpochOf what);

}  // namespace flotilla::data
