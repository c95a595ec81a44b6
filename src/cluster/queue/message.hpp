#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "cluster/time.hpp"

namespace flotilla::cluster {

/// Three bands; within one, first come first served (as far as retries and several consumers allow).
enum class Priority { low, normal, high };

struct PublishOptions {
  Millis timeout{15'000};  ///< for one attempt: then its cancellation is asked for
  int max_retries = 0;     ///< after the first attempt; 0-1000
  Millis delay{0};         ///< not before; at most 30 days
  Priority priority = Priority::normal;
  /// While a message with this key waits or runs, and for kDedupWindow after it was published, another one
  /// with the same key on the channel is not taken. At most 200 bytes.
  std::optional<std::string> dedup_key;
};

inline constexpr Millis kDedupWindow{10 * 60'000};
inline constexpr std::size_t kMessageBytesMax = 1u << 20;
/// A message whose consumer vanished (crash, kill, lost lease) is given to another one so many times before
/// it goes to the dead letters: something in it kills consumers. Not counted as a retry.
inline constexpr int kAbandonedMax = 10;

/// A message as a backend keeps it. `channel` is whole (application's name and prefix included).
struct QueueMessage {
  std::string id;  ///< unique; made by the publisher before the first try to publish
  std::string channel;
  std::string body;  ///< JSON text
  PublishOptions options;
  UnixMs published_at{};
};

/// A message in the hands of a consumer.
struct Delivery {
  QueueMessage message;
  int retried = 0;      ///< attempts that failed before
  int abandoned = 0;    ///< attempts whose consumer vanished
  std::string receipt;  ///< names this very delivery to the backend; void once its lease has lapsed
};

struct DeadLetter {
  QueueMessage message;
  std::string reason;
  int retried = 0;
  UnixMs died_at{};
};

}  // namespace flotilla::cluster
