#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/random.hpp"
#include "cluster/node.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::cluster {

/// What a consumer is told about the attempt it makes.
struct Attempt {
  std::string id;
  int retried = 0;
  /// Asked for after the message's timeout, when the lease was lost, and at stop.
  Cancellation cancel;
  PublishOptions options;
};

struct Consumer {
  std::function<Task<void>(Json message, Attempt attempt)> process;
  /// Asked before each take; false leaves the messages where they are. Empty: always ready.
  std::function<bool()> idle = {};
  /// How often to look when nothing tells that there is work. Publishing and each completion look at once.
  Millis interval{250};
  int concurrency = 1;  ///< messages at a time on this node; 0: up to kUnlimited
  /// The channel's name goes out without the application's: several applications share it.
  bool shared = false;

  static constexpr int kUnlimited = 256;
};

struct QueueTiming {
  Millis lease{15'000};  ///< of a delivery; renewed at a third
  Millis wait{1'000};    ///< of one claim
  Millis retry_min{500}, retry_max{60'000};
};

/// Work that is handed over and done later, by whichever node subscribes. See QueueBackend for what is
/// promised. A handler that throws, or is cancelled by its timeout, has failed: it is tried again after a
/// back-off with jitter until its retries are used up, then it is a dead letter. Thread-safe.
class Queue {
 public:
  /// When a consumer last asked for work, whether or not there was any. For the readiness probe.
  struct ConsumerState {
    std::string channel;
    Monotonic last_poll{};
    int running = 0;
    bool idle = true;
  };

  Queue(boost::asio::any_io_executor executor, std::shared_ptr<QueueBackend> backend, AppName app,
        Random& random, QueueTiming timing = {});
  /// After stop() was awaited.
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Kept when it returns; answers the message's id, or empty when its dedup key is there already. The
  /// publisher need not subscribe. Throws Error 400 naming the option or limit, Unavailable when the backend
  /// is.
  Task<std::optional<std::string>> publish(std::string channel, Json message, PublishOptions options = {},
                                           bool shared = false);
  /// The message as publish() would hand it to the backend, for those who keep it by another way first (the
  /// outbox). Throws Error 400 as publish() does.
  QueueMessage prepare(std::string_view channel, const Json& message, PublishOptions options,
                       bool shared) const;

  /// A second subscription of a channel is ignored, with a warning. Works before start().
  void subscribe(std::string channel, Consumer consumer);
  /// Takes nothing more of the channel and waits for what runs.
  Task<void> unsubscribe(std::string channel);

  void start();
  /// Stops taking, waits for running handlers up to `deadline`, then asks them to cancel; what is still not
  /// done goes back to the queue as abandoned. A second call with a shorter deadline hurries the first.
  Task<void> stop(Millis deadline);

  Task<QueueBackend::DeadLetterPage> dead_letters(std::string channel, std::size_t offset, std::size_t limit);
  Task<std::int64_t> replay(std::string channel, std::vector<std::string> ids);
  /// Of the channels that this node consumes, by their whole names. Throws Unavailable.
  Task<std::vector<std::pair<std::string, QueueBackend::Depth>>> depths();
  std::vector<ConsumerState> consumers() const;
  std::string whole_channel(std::string_view channel, bool shared) const;

 private:
  class Runner;
  std::shared_ptr<Runner> runner_;
};

}  // namespace flotilla::cluster
