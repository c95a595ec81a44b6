#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

/// A long change of a table that is made while others use it: one row of `schemaChanges`. `system` is a
/// schema of the built-in collections.
namespace flotilla::data {

struct SchemaJob {
  enum class State { waiting, running, done, failed };

  std::string key;
  std::string collection;
  std::vector<std::string> fields;
  std::string table;
  std::string index;
  std::vector<std::string> columns;
  bool unique = false;
  State state = State::waiting;
  std::string error;  ///< of a failed one

  bool finished() const { return state == State::done || state == State::failed; }
};

/// In a transaction that writes.
Task<void> insert_job(Session& session, const Schema& system, const SchemaJob& job, std::int64_t now_ms);
Task<std::optional<SchemaJob>> find_job(Session& session, const Schema& system, std::string_view key);
/// Those that are not finished.
Task<std::vector<SchemaJob>> open_jobs(Session& session, const Schema& system);

Task<void> start_job(Session& session, const Schema& system, std::string_view key, std::string_view node,
                     std::int64_t now_ms);
struct JobProgress {
  std::string phase;
  std::int64_t done = 0;
  std::int64_t total = 0;
};
Task<void> report_job(Session& session, const Schema& system, std::string_view key,
                      const JobProgress& progress);
/// `error` empty: it is done.
Task<void> finish_job(Session& session, const Schema& system, std::string_view key, const std::string& error,
                      std::int64_t now_ms);

}  // namespace flotilla::data
