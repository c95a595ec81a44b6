#include "cluster/schedule/schedule_measures.hpp"

#include "base/metrics/registry.hpp"

namespace flotilla::cluster {

ScheduleMeasures& ScheduleMeasures::process() {
  metrics::Registry& registry = metrics::Registry::process();
  static ScheduleMeasures measures{
      registry.counter("flotilla_schedule_fired_total", "Due times of jobs that this node has fired."),
      registry.counter("flotilla_schedule_skipped_total",
                       "Due times of jobs that are skipped: they could not be fired in time.")};
  return measures;
}

}  // namespace flotilla::cluster
