#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cluster/queue/message.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

/// How a delivery ended. A settlement whose receipt is void changes nothing: somebody else has the message
/// now.
struct Settlement {
  struct Done {};
  struct Retry {
    Millis after{0};
  };
  struct Dead {
    std::string reason;
  };
  std::string channel;
  std::string receipt;
  std::variant<Done, Retry, Dead> outcome;
};

/// A queue that keeps what it took. At least once: a message stays until it is settled as done or dead, or
/// moves to the dead letters; a delivery that is not settled or renewed within its lease is given to somebody
/// else. Thread-safe. Adapters: SQL (the in-process default too), Redis, RabbitMQ. All calls throw
/// Unavailable.
class QueueBackend {
 public:
  /// What a channel holds, as far as the store tells it without being asked for each message.
  struct Depth {
    std::int64_t ready = 0;
    std::optional<std::int64_t> delayed, running;
    std::int64_t dead = 0;
    /// How long the oldest message waits or is worked on since it was due.
    std::optional<Millis> oldest;
  };
  struct DeadLetterPage {
    std::vector<DeadLetter> letters;  ///< oldest first
    std::int64_t total = 0;
  };

  virtual ~QueueBackend() = default;

  /// The messages are kept, as durably as the store can, when this returns. A message whose id or dedup key
  /// is there already is left out. Answers, for each, whether it was taken.
  virtual Task<std::vector<bool>> publish(std::vector<QueueMessage> messages) = 0;
  /// Takes up to `max` messages of the channel for `lease`; waits up to `wait` for the first one. Messages
  /// that were abandoned more than kAbandonedMax times go to the dead letters instead.
  virtual Task<std::vector<Delivery>> claim(std::string channel, std::size_t max, Millis lease,
                                            Millis wait) = 0;
  virtual Task<void> settle(std::vector<Settlement> settlements) = 0;
  /// Prolongs leases; answers for each receipt whether it is still valid.
  virtual Task<std::vector<bool>> renew(std::string channel, std::vector<std::string> receipts,
                                        Millis lease) = 0;
  virtual Task<DeadLetterPage> dead_letters(std::string channel, std::size_t offset, std::size_t limit) = 0;
  virtual Task<Depth> depth(std::string channel) = 0;
  /// Puts dead letters back as new messages (all of the channel when `ids` is empty); answers how many.
  virtual Task<std::int64_t> replay(std::string channel, std::vector<std::string> ids) = 0;
};

}  // namespace flotilla::cluster
