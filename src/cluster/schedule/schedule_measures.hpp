#pragma once

#include "base/metrics/counter.hpp"

namespace flotilla::cluster {

/// What is counted of scheduled jobs.
struct ScheduleMeasures {
  static ScheduleMeasures& process();

  metrics::Counter& fired;    ///< by this node: another one may have been first
  metrics::Counter& skipped;  ///< due times that nobody could fire in time
};

}  // namespace flotilla::cluster
