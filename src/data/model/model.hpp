#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "data/model/metadata.hpp"
#include "runtime/async_mutex.hpp"

namespace flotilla::data {

/// The schema that requests are served by, and the one way to change it. Thread-safe.
class Model {
 public:
  Model(Database& database, NamingRules rules);

  /// The schema of this moment; a request keeps the one it started with.
  std::shared_ptr<const Schema> schema() const { return schema_.load(); }
  /// Metadata as of the same moment.
  std::shared_ptr<const Metadata> metadata() const { return metadata_.load(); }

  /// Creates what is missing of the system tables and loads the metadata. Nothing is dropped. Answers whether
  /// the database was empty. `problems` gets one line for each thing that cannot be served.
  Task<bool> open(std::vector<std::string>& problems);

  /// Reads the metadata again, after rows of them were written without change().
  Task<void> reload();

  /// Runs `edit`, which changes rows of the metadata tables, then alters the tables of the database to match,
  /// all in one transaction; the new schema is in force when the call returns. Changes run one after another.
  using Edit = std::function<Task<void>(Session&, const Schema&, const Metadata&)>;
  Task<void> change(Edit edit);

 private:
  void publish(std::shared_ptr<const Schema> schema, Metadata metadata);

  Database& database_;
  NamingRules rules_;
  std::shared_ptr<const Schema> system_;
  std::atomic<std::shared_ptr<const Schema>> schema_;
  std::atomic<std::shared_ptr<const Metadata>> metadata_;
  AsyncMutex changing_;
};

}  // namespace flotilla::data
