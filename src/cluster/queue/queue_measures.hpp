#pragma once

#include <string_view>

#include "base/metrics/counter.hpp"
#include "base/metrics/histogram.hpp"

namespace flotilla::cluster {

/// What is counted of the work on one channel's messages by this process.
struct QueueMeasures {
  /// Describes the families, so that they are there before the first message.
  static void declare();
  static QueueMeasures of(std::string_view channel);

  metrics::Counter& done;
  metrics::Counter& failed;  ///< attempts that are tried again
  metrics::Counter& dead;
  metrics::Counter& lost;  ///< the lease ended while the handler ran
  metrics::Level& running;
  metrics::Histogram& work;  ///< one attempt
};

/// Messages that were handed to the queue, by publish() or the outbox.
metrics::Counter& published_messages();

}  // namespace flotilla::cluster
