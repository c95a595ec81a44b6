#pragma once

#include "base/metrics/registry.hpp"

namespace flotilla::data {

class SqlError;

/// What is counted of the main database.
struct DatabaseMeasures {
  explicit DatabaseMeasures(metrics::Registry& registry);
  static DatabaseMeasures& process();

  /// Of one kind of work.
  struct Works {
    metrics::Level& waiting;  ///< for a connection, or for the database's thread
    metrics::Level& running;
    metrics::Histogram& wait;
  };
  Works reads, writes;
  metrics::Histogram& query;    ///< statements that give rows
  metrics::Histogram& execute;  ///< the others
  metrics::Counter& committed;
  metrics::Counter& rolled_back;

  void count(const SqlError& error);

 private:
  metrics::Registry& registry_;
};

}  // namespace flotilla::data
