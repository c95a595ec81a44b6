#pragma once

#include <memory>
#include <string>

#include "adapters/rabbitmq/connection.hpp"
#include "cluster/lock/lock_store.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "runtime/blocking_pool.hpp"

namespace flotilla::rabbitmq {

/// A QueueBackend on RabbitMQ 3.10 or later: quorum queues, publisher confirms, delivery limit, dead-letter
/// exchange. Channels with any name up to kChannelBytesMax. What is confirmed is on the disks of a majority
/// of the brokers.
///
/// RabbitMQ cannot tell whether it has a message already. Dedup keys are leases of `dedup`, the fleet's lock
/// store, for kDedupWindow and the delay; an id that this process has published is not published again. A
/// message whose handler runs for longer than the broker's consumer_timeout (30 minutes unless configured) is
/// given to others.
class RabbitQueue final : public cluster::QueueBackend {
 public:
  static constexpr std::size_t kChannelBytesMax = 220;

  RabbitQueue(RabbitOptions options, std::shared_ptr<cluster::LockStore> dedup);
  ~RabbitQueue() override;

  Task<std::vector<bool>> publish(std::vector<cluster::QueueMessage> messages) override;
  Task<std::vector<cluster::Delivery>> claim(std::string channel, std::size_t max, cluster::Millis lease,
                                             cluster::Millis wait) override;
  Task<void> settle(std::vector<cluster::Settlement> settlements) override;
  Task<std::vector<bool>> renew(std::string channel, std::vector<std::string> receipts,
                                cluster::Millis lease) override;
  Task<DeadLetterPage> dead_letters(std::string channel, std::size_t offset, std::size_t limit) override;
  /// Messages that a node has taken in advance are neither ready nor told as running, and ages are not known.
  Task<Depth> depth(std::string channel) override;
  Task<std::int64_t> replay(std::string channel, std::vector<std::string> ids) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// What a doctor wants to know. Blocking; throws Unavailable.
struct RabbitFacts {
  std::string version;
};
RabbitFacts inspect_rabbit(RabbitOptions options);

/// Throws SettingError naming options.variable when the URL is not one that can be used.
void check_rabbit_url(const RabbitOptions& options);

}  // namespace flotilla::rabbitmq
