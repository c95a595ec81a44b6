#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "cluster/signal/debouncer.hpp"
#include "cluster/signal/signals.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::cluster {

/// One subscriber: its events in order, one at a time, whatever others do. A subscriber that is so slow that
/// kPendingMax events wait for it reloads instead of hearing each of them. Used on the bus's executor.
class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
  static constexpr std::size_t kPendingMax = 10'000;

  Subscription(boost::asio::any_io_executor executor, std::string channel, Signals::Subscriber subscriber,
               SignalTiming timing);

  struct Heard {
    Json message;
    std::optional<UnixMs> published_at;
  };

  void start();
  void message(Heard heard);
  void reload();
  /// From any thread: no handler starts after it; one that runs is not waited for.
  void cancel();
  Task<void> wait() { return tasks_.wait(); }
  bool cancelled() const { return tasks_.stopping().cancelled(); }

 private:
  Task<void> serve();
  Task<void> serve_reload();
  Task<void> call(Json message);

  const std::string channel_;
  const Signals::Subscriber subscriber_;
  const SignalTiming timing_;
  TaskGroup tasks_;
  Wakeup arrived_;
  std::deque<Heard> pending_;
  bool reload_wanted_ = false;
  Debouncer debouncer_;
};

}  // namespace flotilla::cluster
