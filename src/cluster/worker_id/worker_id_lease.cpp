#include "cluster/worker_id/worker_id_lease.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "cluster/worker_id/lease_holder.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::cluster {

namespace {

constexpr Millis kTryAgain{100};

Monotonic now() { return std::chrono::steady_clock::now(); }

Millis until(Monotonic time) { return std::max(Millis{1}, std::chrono::ceil<Millis>(time - now())); }

}  // namespace

class WorkerIdLease::Holder : public std::enable_shared_from_this<WorkerIdLease::Holder> {
 public:
  Holder(boost::asio::any_io_executor executor, std::shared_ptr<WorkerIdStore> leases,
         std::shared_ptr<HighWaterStore> marks, NodeId self, const Clock& clock, Timing timing)
      : leases(std::move(leases)),
        marks(std::move(marks)),
        self(std::move(self)),
        timing(timing),
        ids(clock),
        machine(timing.lease, timing.margin),
        tasks(std::move(executor)) {}

  /// Empty when there is one now; else why not.
  Task<std::string> try_acquire();
  Task<void> hold(int worker, Monotonic asked_at);
  Task<void> renew();
  Task<void> reserve();
  Task<bool> try_reserve();
  Task<void> keep();

  const std::shared_ptr<WorkerIdStore> leases;
  const std::shared_ptr<HighWaterStore> marks;
  const NodeId self;
  const Timing timing;
  SnowflakeGenerator ids;
  LeaseHolder machine;
  TaskGroup tasks;
  bool keeping = false;
};

Task<std::string> WorkerIdLease::Holder::try_acquire() {
  const Monotonic asked_at = now();
  std::string failure;
  try {
    const WorkerIdStore::Grant grant = co_await leases->acquire(self, timing.lease);
    if (grant.worker) {
      co_await hold(*grant.worker, asked_at);
      co_return std::string();
    }
    machine.refused(now(), grant.retry_after);
    co_return grant.retry_after > Millis{0}
        ? "the store of worker ids waits for the nodes that hold one to report"
        : "all 32 worker ids are taken: at most 32 nodes make one fleet";
  } catch (const std::exception& error) {
    failure = error.what();
  }
  machine.unreachable(now());
  co_return failure;
}

/// The mark is read, and the first seconds after it are reserved, before an id can be made.
Task<void> WorkerIdLease::Holder::hold(int worker, Monotonic asked_at) {
  const std::int64_t mark = co_await marks->load(worker);
  machine.granted(worker, asked_at);
  ids.hold(worker, mark, machine.believed_until());
  co_await reserve();
  log::info("worker id leased", {{"workerId", worker}});
}

Task<void> WorkerIdLease::Holder::reserve() {
  const std::int64_t mark = ids.wanted_reservation();
  const std::optional<int> worker = machine.worker();
  if (!worker) co_return;
  co_await marks->raise(*worker, mark);
  // The place may be another one by now: its own mark is reserved by its own call.
  if (machine.worker() == worker) ids.reserve(mark);
}

Task<bool> WorkerIdLease::Holder::try_reserve() {
  try {
    co_await reserve();
    co_return true;
  } catch (const std::exception& error) {
    log::warn("seconds for ids could not be reserved", {{"reason", error.what()}});
  }
  co_return false;
}

Task<void> WorkerIdLease::Holder::renew() {
  const Monotonic asked_at = now();
  const int worker = *machine.worker();
  std::string failure;
  try {
    if (co_await leases->renew(self, worker, timing.lease)) {
      if (!ids.worker()) {
        // Lapsed while the store was asked.
        machine.lost();
        co_return;
      }
      machine.renewed(asked_at);
      ids.extend(machine.believed_until());
      co_await reserve();
      co_return;
    }
    machine.lost();
    ids.drop();
    log::warn("another node has our worker id: no ids are made until we hold one again",
              {{"workerId", worker}});
    co_return;
  } catch (const std::exception& error) {
    failure = error.what();
  }
  machine.unreachable(now());
  log::warn("the worker id could not be renewed", {{"workerId", worker}, {"reason", failure}});
}

Task<void> WorkerIdLease::Holder::keep() {
  const std::shared_ptr<Holder> kept = shared_from_this();
  while (!tasks.stopping().cancelled()) {
    const Wakeup::Version seen = ids.thirst().version();
    const LeaseHolder::Step step = machine.next(now());
    if (step.what == LeaseHolder::Do::acquire) {
      const std::string failure = co_await try_acquire();
      if (!failure.empty()) log::warn("no worker id", {{"reason", failure}});
    } else if (step.what == LeaseHolder::Do::renew) {
      co_await renew();
    } else if (co_await ids.thirst().wait(seen, std::min(until(step.at), timing.lease / 3)) &&
               machine.worker() && !tasks.stopping().cancelled()) {
      if (!co_await try_reserve()) co_await tasks.stopping().wait(kTryAgain);
    }
  }
}

WorkerIdLease::WorkerIdLease(boost::asio::any_io_executor executor, std::shared_ptr<WorkerIdStore> leases,
                             std::shared_ptr<HighWaterStore> marks, NodeId self, const Clock& clock,
                             Timing timing)
    : holder_(std::make_shared<Holder>(std::move(executor), std::move(leases), std::move(marks),
                                       std::move(self), clock, timing)) {}

WorkerIdLease::~WorkerIdLease() { holder_->tasks.stop(); }

Task<void> WorkerIdLease::acquire(Millis patience) {
  const std::shared_ptr<Holder> holder = holder_;
  const Monotonic deadline = now() + patience;
  for (;;) {
    const std::string failure = co_await holder->try_acquire();
    if (failure.empty()) break;
    if (now() >= deadline) throw Error(503, "no worker id: " + failure, "NO_WORKER_ID");
    const Monotonic again = std::min(holder->machine.next(now()).at, deadline);
    co_await holder->tasks.stopping().wait(until(again));
  }
  if (std::exchange(holder->keeping, true)) co_return;
  holder->tasks.spawn("keeping the worker id", holder->keep());
}

Task<void> WorkerIdLease::stop() {
  const std::shared_ptr<Holder> holder = holder_;
  holder->tasks.stop();
  holder->ids.thirst().notify();
  co_await holder->tasks.wait();
  const std::optional<int> worker = holder->machine.worker();
  holder->ids.drop();
  holder->machine.lost();
  if (worker) co_await holder->leases->release(holder->self, *worker);
}

SnowflakeGenerator& WorkerIdLease::ids() { return holder_->ids; }

std::optional<int> WorkerIdLease::worker() const { return holder_->ids.worker(); }

}  // namespace flotilla::cluster
