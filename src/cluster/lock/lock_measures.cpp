#include "cluster/lock/lock_measures.hpp"

#include "base/metrics/registry.hpp"

namespace flotilla::cluster {

LockMeasures& LockMeasures::process() {
  metrics::Registry& registry = metrics::Registry::process();
  static LockMeasures measures{
      registry.level("flotilla_locks_waiting", "Calls that wait for a lock."),
      registry.level("flotilla_locks_held", "Locks that this process holds."),
      registry.counter("flotilla_locks_not_acquired_total", "Calls whose lock was not free in time."),
      registry.counter("flotilla_locks_lost_total", "Locks whose lease ended while their work still ran."),
      registry.histogram("flotilla_lock_wait_seconds", "From asking for a lock until it was granted."),
      registry.histogram("flotilla_lock_hold_seconds", "From the grant of a lock until its release.")};
  return measures;
}

}  // namespace flotilla::cluster
