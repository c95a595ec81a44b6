#pragma once

#include "base/clock.hpp"
#include "data/model/model.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::data {

/// Makes the indexes that changes of the schema have left for later, on the node to which a queue gives their
/// keys. Any number of nodes may be given one key, at the same time too: the database makes an index once,
/// and whoever comes while another is at it waits for its end. Thread-safe.
class SchemaJobs {
 public:
  SchemaJobs(Database& database, Model& model, const Clock& clock, std::string node)
      : database_(database), model_(model), clock_(clock), node_(std::move(node)) {}

  /// Ends when the job is finished, whichever way: a value that is there twice is written into the job.
  /// Throws SqlError when the database cannot be reached, and std::runtime_error when it was cancelled: to be
  /// run again.
  Task<void> run(std::string key, Cancellation stop);

 private:
  struct IndexState {
    bool exists = false;
    bool valid = false;
    bool under_way = false;
  };
  Task<IndexState> look(const SchemaJob& job);
  Task<std::string> build(const SchemaJob& job, const Cancellation& stop);
  Task<void> build_once(const SchemaJob& job, const Cancellation& stop);
  Task<void> report(const SchemaJob& job);
  Task<void> drop(const SchemaJob& job);
  Task<void> complete(const SchemaJob& job);
  Task<void> fail(const SchemaJob& job, const std::string& error);
  std::int64_t now_ms() const { return clock_.now().time_since_epoch().count(); }

  Database& database_;
  Model& model_;
  const Clock& clock_;
  const std::string node_;
};

/// The job once it is finished, or as it is after `patience`; nothing for a key that is none.
Task<std::optional<SchemaJob>> await_job(Database& database, const Model& model, const std::string& key,
                                         std::chrono::milliseconds patience);

}  // namespace flotilla::data
