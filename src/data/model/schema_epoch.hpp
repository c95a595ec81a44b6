#pragma once

#include <cstdint>
#include <stdexcept>

#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

/// The number that counts the changes of the schema, kept in the database: what one node has changed, every
/// other finds out by it. `system` is a schema of the system collections.
namespace flotilla::data {

/// The schema that a request was served by is not that of the database any more: follow, then try again.
class StaleSchema : public std::runtime_error {
 public:
  StaleSchema() : std::runtime_error("the schema was changed by another node") {}
};

/// Waits until no other transaction of any node holds it; held to the end of the session's transaction.
Task<void> lock_schema(Session& session);

/// 0 before the first change.
Task<std::int64_t> read_epoch(Session& session, const Schema& system);

/// Counts a change, in its transaction and under lock_schema(); answers the new number.
Task<std::int64_t> raise_epoch(Session& session, const Schema& system);

}  // namespace flotilla::data
