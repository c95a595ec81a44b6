#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "cluster/queue/attempts.hpp"
#include "cluster/queue/intake.hpp"
#include "cluster/queue/queue.hpp"
#include "cluster/queue/queue_measures.hpp"
#include "cluster/queue/retry_policy.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::cluster {

/// One subscription of one node: takes messages, runs the handler, renews leases and settles, in coroutines
/// of one executor. All of it is used on that executor, but for state().
class ChannelConsumer : public std::enable_shared_from_this<ChannelConsumer> {
 public:
  ChannelConsumer(boost::asio::any_io_executor executor, std::shared_ptr<QueueBackend> backend,
                  std::string channel, Consumer consumer, Random& random, QueueTiming timing);

  void start();
  /// See Queue::stop().
  Task<void> stop(Millis deadline);
  /// Somebody published: look at once.
  void nudge() { changed_.notify(); }
  Queue::ConsumerState state() const;

 private:
  Task<void> take();
  Task<bool> take_once();
  /// `self`: a handler that ignores its cancellation may end after the consumer was stopped and let go.
  Task<void> attempt(std::shared_ptr<ChannelConsumer> self, Attempts::Id id);
  bool ask_idle() const;
  Task<void> settle();
  Task<bool> settle_once(std::vector<Settlement> settlements);
  Task<void> renew();
  Task<void> watch();
  void settle_later(Settlement settlement);

  const std::shared_ptr<QueueBackend> backend_;
  const std::string channel_;
  const Consumer consumer_;
  const QueueTiming timing_;
  const Intake intake_;
  const RetryPolicy retries_;
  const QueueMeasures measures_;
  Random& random_;

  TaskGroup taking_tasks_;
  TaskGroup tasks_;  ///< taking, settling, renewing, watching
  TaskGroup attempts_running_;
  Cancellation closing_;  ///< nothing runs any more: settle what is left and end
  Wakeup changed_;        ///< a slot is free, or there is work
  Wakeup settleable_;
  Wakeup deadlines_changed_;
  Attempts attempts_;
  std::vector<Settlement> ended_;
  bool taking_ = true;
  bool reachable_ = true;
  // Also looked at from outside.
  std::atomic<bool> idle_{true};
  std::atomic<int> running_{0};
  std::atomic<Monotonic> last_poll_{};
};

}  // namespace flotilla::cluster
