#pragma once

#include "base/metrics/counter.hpp"

namespace flotilla::cluster {

/// What is counted of all caches of the process.
struct CacheMeasures {
  static CacheMeasures& process();

  metrics::Counter& hits;
  metrics::Counter& misses;
  metrics::Counter& near_hits;  ///< of the reads of a networked cache, those answered from this node's copies
  metrics::Counter& near_misses;
};

}  // namespace flotilla::cluster
