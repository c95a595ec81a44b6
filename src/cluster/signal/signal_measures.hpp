#pragma once

#include "base/metrics/counter.hpp"
#include "base/metrics/histogram.hpp"

namespace flotilla::cluster {

/// What is counted of the signals of the process.
struct SignalMeasures {
  static SignalMeasures& process();

  metrics::Counter& applied;
  metrics::Counter& failed;   ///< their handlers threw
  metrics::Counter& reloads;  ///< begun because signals may have been missed, or had become too many
  metrics::Counter& read_failures;
  metrics::Histogram& lag;  ///< from publishing, by the publisher's clock, until the handler has returned
};

}  // namespace flotilla::cluster
