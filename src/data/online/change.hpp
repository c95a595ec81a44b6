#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/model/metadata.hpp"
#include "data/online/plan.hpp"

namespace flotilla::data {

/// How a change of the schema is made.
struct ChangeOptions {
  bool allow_blocking = false;     ///< at once and in one piece, whoever has to wait
  bool tables_stay = false;        ///< the metadata are changed to say what the tables are already
  std::vector<std::string> built;  ///< names of indexes that are there already
};

/// Longest wait of a change for a table that others use: they queue behind it, two tables make twice as much.
inline constexpr std::chrono::milliseconds kLockWait{80};
/// For what nobody queues behind.
inline constexpr std::chrono::milliseconds kMaintenanceWait{3'000};
inline constexpr std::chrono::milliseconds kLockWaitBlocking{10'000};

/// Before the statements of a change, in its transaction: keeps maintenance away from its tables, then limits
/// the waits for them.
Task<void> reserve_tables(Session& session, const std::vector<TableChange>& changes,
                          const std::vector<TableChange>& later, const ChangeOptions& options);

/// Of the changes, the indexes that are to be made after the transaction, while others use their tables.
/// Throws as check_online() does. `can_hand_over`: somebody is there to make them.
Task<std::vector<TableChange>> made_later(Session& session, const Schema& system,
                                          const std::vector<TableChange>& changes,
                                          const ChangeOptions& options, bool can_hand_over);

/// Takes the marks of those that are unique out of the metadata again; answers whether there were any.
Task<bool> hold_back(Session& session, const Schema& system, const Schema& after,
                     const std::vector<TableChange>& later);

/// The statements without those that make an index of `later` or one that is built.
std::vector<std::string> made_now(std::vector<std::string> statements,
                                  const std::vector<TableChange>& changes,
                                  const std::vector<TableChange>& later, const ChangeOptions& options,
                                  const Dialect& dialect);

/// Writes a job for each; answers their keys.
Task<std::vector<std::string>> insert_jobs(Session& session, const Schema& system, const Schema& after,
                                           const std::vector<TableChange>& later);

/// Runs `work` in a transaction, again and again while tables it wants are in use, for 20 seconds. Throws
/// SqlError::busy then.
Task<void> write_patiently(Database& database, const Work& work);

/// In place of the database's words for a unique index that met equal values: Error 409, code NOT_UNIQUE,
/// with an example. Returns when the error is about something else.
Task<void> explain_duplicate(Database& database, const SqlError& error,
                             const std::vector<TableChange>& changes);

}  // namespace flotilla::data
