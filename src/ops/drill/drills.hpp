#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cluster/lock/locks.hpp"
#include "cluster/queue/queue.hpp"
#include "cluster/schedule/scheduler.hpp"
#include "cluster/signal/signals.hpp"
#include "data/model/model.hpp"
#include "data/outbox.hpp"
#include "ops/drill/drill_store.hpp"

namespace flotilla::ops {

/// The node's part in drills: `flotilla chaos` starts one, hands over jobs and looks at their effects, while
/// nodes are killed under it. A job goes the way of real ones: with its row in one transaction through the
/// outbox to the queue, and to whichever node takes it; what the schedule fires likewise. A drill has no
/// effect but in its own two tables. Thread-safe.
class Drills {
 public:
  static constexpr std::int64_t kSecondsMax = 4 * 3'600;
  static constexpr std::size_t kDrillsMax = 16;
  static constexpr std::size_t kNameBytesMax = 64;
  static constexpr std::size_t kKeyBytesMax = 100;
  static constexpr std::size_t kKeysMax = 100;  ///< of one call

  struct Parts {
    data::Database& database;
    data::Model& model;
    data::Outbox& outbox;
    cluster::Queue& queue;
    cluster::Scheduler& scheduler;
    cluster::Signals& signals;
    cluster::Locks& locks;
    const Clock& clock;
    std::string node;
    bool works = true;  ///< takes jobs; another node may
  };
  explicit Drills(Parts parts) : parts_(parts) {}

  /// Learns of drills that run, and takes part. After the model was opened.
  Task<void> open();
  /// Ends drills that are over, until `stopping`.
  Task<void> run(Cancellation stopping);
  /// Before the queue and the signals stop.
  void close() { heard_.reset(); }

  /// `cron` as cluster::Cron has it, empty: nothing is scheduled. Throws Error 400 naming the field or limit,
  /// 409 for a name that is taken.
  Task<void> start(std::string name, std::string cron, std::int64_t seconds);
  /// Handed over when it returns: all of them. Throws Error 400, 404 for a drill that does not run, 409 for a
  /// key that is taken.
  Task<void> publish(std::string name, std::vector<std::string> keys);
  Task<std::vector<DrillJob>> jobs(std::string name, std::string after, std::int64_t limit);
  Task<void> end(std::string name);

 private:
  Task<void> refresh();
  Task<void> announce(data::Session& session);
  Task<void> work(std::string key);
  Task<void> fired(std::string message, std::string drill, std::int64_t due_ms);
  std::int64_t now_ms() const { return parts_.clock.now().time_since_epoch().count(); }

  const Parts parts_;
  std::unique_ptr<cluster::SignalSubscription> heard_;
  std::mutex mutex_;
  std::vector<Drill> running_;
};

}  // namespace flotilla::ops
