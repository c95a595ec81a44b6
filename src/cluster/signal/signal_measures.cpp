#include "cluster/signal/signal_measures.hpp"

#include "base/metrics/registry.hpp"

namespace flotilla::cluster {

SignalMeasures& SignalMeasures::process() {
  metrics::Registry& registry = metrics::Registry::process();
  static SignalMeasures measures{
      registry.counter("flotilla_signals_applied_total", "Signals whose handlers have returned."),
      registry.counter("flotilla_signals_failed_total", "Signals whose handlers failed."),
      registry.counter("flotilla_signal_reloads_total",
                       "Times that a subscriber read everything anew, because it may have missed signals."),
      registry.counter("flotilla_signal_read_failures_total",
                       "Reads of the log of signals that failed; a silent log makes snapshots stale."),
      registry.histogram("flotilla_signal_lag_seconds",
                         "From publishing a signal, by the publisher's clock, until it was applied here.")};
  return measures;
}

}  // namespace flotilla::cluster
