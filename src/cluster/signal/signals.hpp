#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "cluster/node.hpp"
#include "cluster/signal/signal_log.hpp"

namespace flotilla::cluster {

struct SignalOptions {
  bool skip_self = false;  ///< the sender's own handlers do not hear it
  bool only_self = false;  ///< only the sender's own handlers hear it
};

/// A live subscription; ends it when destroyed. After that no handler starts.
class SignalSubscription {
 public:
  virtual ~SignalSubscription() = default;
};

struct SignalTiming {
  Millis wait{250};     ///< of one read; also the longest time between two signs of life
  Millis lease{1'000};  ///< `signal_lease_ms`: see Signals::fresh()
  Millis backoff_min{20}, backoff_max{2'000};
};

/// What nodes tell each other, in order and without a gap: on top of a SignalLog, one reading coroutine for
/// the whole node. Handlers of one subscription run one after the other, in the order of the channel, on the
/// bus's executor; what they throw is logged and does not stop the next one. Thread-safe.
///
/// A subscriber that may have missed something (late joiner of a trimmed log, lost store) gets `reload`
/// instead of the missing signals, and then what follows. A reload that throws is tried again, with back-off,
/// before anything else is delivered.
class Signals {
 public:
  using Handler = std::function<Task<void>(Json message)>;
  using Reload = std::function<Task<void>()>;
  struct Subscriber {
    Handler handle;
    Reload reload = {};  ///< empty: the state needs none (a push to a browser)
    /// Equal messages within this time become one call after the last of them. Zero: each at once.
    Millis debounce{0};
  };

  Signals(boost::asio::any_io_executor executor, std::shared_ptr<SignalLog> log, AppName app, NodeId self,
          SignalTiming timing = {});
  /// After stop() was awaited.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// In the log when it returns; the number tells the position. Throws Unavailable: nothing is dropped
  /// silently. On the wire the channel is `<app>.<channel>`.
  Task<SignalPosition> publish(std::string channel, Json message, SignalOptions options = {});

  /// Hears what is published after the returned task is done. Subscribing works before start().
  Task<std::unique_ptr<SignalSubscription>> subscribe(std::string channel, Subscriber subscriber);

  void start();
  /// No handler runs any more, and none starts, when it returns; debounced calls that still wait are dropped.
  Task<void> stop();

  /// True when all that was in the log one lease ago has been brought to the subscribers: snapshots that are
  /// kept up to date by signals may be trusted without looking at the database.
  bool fresh(Monotonic now) const;
  /// Since when nothing is known of the log, heartbeats included; Millis::max() before the first reading.
  Millis silence(Monotonic now) const;
  /// The envelope of a message, for those who write into the log by another way (the outbox).
  std::string envelope(const Json& message, SignalOptions options) const;
  std::string whole_channel(std::string_view channel) const;
  const NodeId& self() const;

 private:
  class Bus;
  std::shared_ptr<Bus> bus_;
};

}  // namespace flotilla::cluster
