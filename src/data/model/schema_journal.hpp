#pragma once

#include <string>
#include <vector>

#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

/// What is still to be done about the tables when a change of the schema stops in the middle. For databases
/// in which a transaction that is rolled back does not take its statements about the schema with it (MySQL).
///
/// Before anything is added to a table, the journal gets what would take it away again; with the metadata it
/// gets, in one transaction, what is to be dropped now. Whoever holds lock_schema() next runs what it finds.
/// `system` is a schema of the system collections.
namespace flotilla::data {

/// In the session's transaction; an empty list says that nothing is pending.
Task<void> write_pending(Session& session, const Schema& system, const std::vector<std::string>& statements);

/// Runs what is pending, and forgets it. The statements may have been run before, all or some of them. Under
/// lock_schema(), before anything else is written.
Task<void> run_pending(Session& session, const Schema& system);

}  // namespace flotilla::data
