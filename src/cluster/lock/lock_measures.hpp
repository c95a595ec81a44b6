#pragma once

#include "base/metrics/counter.hpp"
#include "base/metrics/histogram.hpp"

namespace flotilla::cluster {

/// What is counted of the locks that this process takes.
struct LockMeasures {
  static LockMeasures& process();

  metrics::Level& waiting;
  metrics::Level& held;
  metrics::Counter& not_acquired;  ///< not free in time
  metrics::Counter& lost;          ///< the lease ended while the work ran
  metrics::Histogram& wait;
  metrics::Histogram& hold;
};

}  // namespace flotilla::cluster
