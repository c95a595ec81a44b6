#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "data/model/metadata.hpp"
#include "data/online/change.hpp"
#include "runtime/async_mutex.hpp"

namespace flotilla::data {

/// The schema that requests are served by, and the one way to change it. Thread-safe.
///
/// Every change raises the epoch of the schema in the database, in its own transaction and under a lock of
/// the database (see schema_epoch.hpp). Where several nodes share the database, each finds out in three ways
/// that another has changed it: it is told (follow() when a signal comes), its writes look (check_current()),
/// and so does whoever meets a name it does not know (follow() before saying so).
class Model {
 public:
  Model(Database& database, NamingRules rules);

  /// Other nodes work on the same database. `announce` is called in the transaction of each change, with the
  /// new epoch. Before open().
  using Announce = std::function<Task<void>(Session&, std::int64_t epoch)>;
  void share(Announce announce);
  bool shared() const { return announce_ != nullptr; }

  /// The schema of this moment; a request keeps the one it started with.
  std::shared_ptr<const Schema> schema() const { return schema_.load(); }
  /// Metadata as of the same moment.
  std::shared_ptr<const Metadata> metadata() const { return metadata_.load(); }

  /// Loads the metadata, and creates what is missing of the tables they name and, after somebody else had the
  /// database, of the built-in ones. Nothing is dropped. Any number of nodes may do so at once. Answers
  /// whether the database was empty. `problems` gets one line for each thing that cannot be served.
  Task<bool> open(std::vector<std::string>& problems);

  /// Reads the metadata again and creates what is missing, after rows of them were written without change().
  Task<void> reload();

  /// Loads what another node has changed, if anything; answers whether it did.
  Task<bool> follow();

  /// Throws StaleSchema when another node has changed the schema since `used` was current. Call it first in
  /// a transaction that writes by `used`.
  Task<void> check_current(Session& session, const Schema& used) const;

  /// Somebody makes indexes that would take long, after the change that wants them: `hand_over` is called in
  /// its transaction with the key of each job. Without it all is done in the transaction, however long.
  /// Before open().
  using HandOver = std::function<Task<void>(Session&, const std::string& key)>;
  void hand_over_jobs(HandOver hand_over);

  /// Runs `edit`, which changes rows of the metadata tables, then alters the tables of the database to match,
  /// all in one transaction; the new schema is in force when the call returns. Changes run one after another,
  /// on all nodes together, each on what the one before it has left. A change that waits for a table lets
  /// those go first who use it: `edit` is then run again. Answers the keys of jobs that make indexes of large
  /// tables after it. Throws Error 409 for what would keep others waiting (see check_online()) and for values
  /// that are not unique; SqlError::busy when a table it needs is in use all the time.
  ///
  /// Where the database commits each statement about the schema by itself, the metadata still change at once
  /// or not at all; tables get what is new before and lose what is gone after, and what an interruption
  /// leaves over is removed by the next change or start (see schema_journal.hpp).
  using Edit = std::function<Task<void>(Session&, const Schema&, const Metadata&)>;
  Task<std::vector<std::string>> change(Edit edit, ChangeOptions options = {});

 private:
  /// What the database holds at one moment.
  struct Loaded {
    Metadata metadata;
    std::shared_ptr<const Schema> schema;
  };
  Task<Loaded> load(Session& session, std::int64_t epoch, std::vector<std::string>& problems) const;
  Task<bool> grow(Session& session, const Schema& before, const Schema& after);
  Task<void> shrink();
  void publish(Loaded loaded);

  Database& database_;
  NamingRules rules_;
  std::shared_ptr<const Schema> system_;
  Announce announce_;
  HandOver hand_over_;
  std::atomic<std::shared_ptr<const Schema>> schema_;
  std::atomic<std::shared_ptr<const Metadata>> metadata_;
  AsyncMutex changing_;
};

}  // namespace flotilla::data
