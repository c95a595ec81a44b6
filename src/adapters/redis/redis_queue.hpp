#pragma once

#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "cluster/queue/publish_group.hpp"
#include "cluster/queue/queue_backend.hpp"

namespace flotilla::redis {

/// A queue on Redis Streams with a consumer group a channel. Time is the server's. Thread-safe; every waiting
/// claim has a connection of its own.
///
/// What is promised needs a server that keeps its data: `appendonly yes`, `appendfsync always` (with
/// `everysec` a crash of the machine may lose the last second), `maxmemory-policy noeviction`.
///
/// A message is known by its id while it waits or runs, while it is a dead letter, and after it ended for
/// kDedupWindow at most; on a busy channel at least the last 100,000 that ended are known. So a publisher
/// that got no answer can publish the same messages again. A claim whose answer is lost counts as abandoned.
///
/// Keys below `<space>:queue:<channel>:`
///
/// - high, normal, low: streams; what the group `workers` has read is given out; an entry goes when it is
///   settled
/// - delayed, later: due times, and the messages, of what waits for its time
/// - leases: receipts of what is worked on, by the end of their leases
/// - live: ids of all messages that wait or run
/// - ended, ended-before: ids of messages that ended
/// - dedup:KEY, keyed: dedup keys, and which message holds one
/// - dead, letters: dead letters by the time of death, and their texts
/// - wake: tokens for those who wait for work
///
/// When the server's clock is set back, delays and leases last longer by as much.
class RedisQueue final : public cluster::QueueBackend {
 public:
  static constexpr std::size_t kClaimMax = 256;

  /// `space`: in front of all keys.
  RedisQueue(std::shared_ptr<RedisClient> client, std::string space);

  Task<std::vector<bool>> publish(std::vector<cluster::QueueMessage> messages) override;
  Task<std::vector<cluster::Delivery>> claim(std::string channel, std::size_t max, Millis lease,
                                             Millis wait) override;
  Task<void> settle(std::vector<cluster::Settlement> settlements) override;
  Task<std::vector<bool>> renew(std::string channel, std::vector<std::string> receipts,
                                Millis lease) override;
  Task<DeadLetterPage> dead_letters(std::string channel, std::size_t offset, std::size_t limit) override;
  Task<Depth> depth(std::string channel) override;
  Task<std::int64_t> replay(std::string channel, std::vector<std::string> ids) override;

 private:
  std::string base(const std::string& channel) const;
  /// What can be taken now, and how long there will be nothing by itself.
  Task<Millis> take(std::string channel, std::size_t max, Millis lease, std::vector<cluster::Delivery>& out);

  std::shared_ptr<RedisClient> client_;
  std::string space_;
  /// Publishers that come while others wait for the server share the next script.
  std::shared_ptr<cluster::PublishGroup> group_;
};

}  // namespace flotilla::redis
