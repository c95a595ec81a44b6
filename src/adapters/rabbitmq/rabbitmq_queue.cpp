#include "adapters/rabbitmq/rabbitmq_queue.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <set>

#include "adapters/rabbitmq/consumer.hpp"
#include "adapters/rabbitmq/dead_letters.hpp"
#include "adapters/rabbitmq/publisher.hpp"
#include "adapters/rabbitmq/recent_ids.hpp"
#include "adapters/rabbitmq/topology.hpp"
#include "base/env.hpp"
#include "runtime/async_mutex.hpp"

namespace flotilla::rabbitmq {

namespace {

using cluster::Delivery;
using cluster::Millis;
using cluster::QueueMessage;

constexpr std::size_t kRecentIds = 100'000;

std::string dedup_name(const QueueMessage& message) {
  return "queue-dedup:" + message.channel + ":" + *message.options.dedup_key;
}

void check_channel(const std::string& channel) {
  if (channel.empty() || channel.size() > RabbitQueue::kChannelBytesMax)
    throw bad_request(fmt::format("queue channel: takes 1 to {} bytes, got {}", RabbitQueue::kChannelBytesMax,
                                  channel.size()));
}

/// A channel as this node consumes it.
struct Taking {
  Taking(const RabbitOptions& options, const std::string& channel) : consumer(options, channel) {}
  AsyncMutex one_claim;
  Consumer consumer;
};

}  // namespace

struct RabbitQueue::Parts {
  Parts(RabbitOptions o, std::shared_ptr<cluster::LockStore> locks)
      : options(std::move(o)), dedup(std::move(locks)), recent(kRecentIds), publisher(options) {}

  RabbitOptions options;
  std::shared_ptr<cluster::LockStore> dedup;
  RecentIds recent;
  Publisher publisher;
  BlockingPool looking{"dead letters of RabbitMQ", 1, 100};
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Taking>> channels;

  std::shared_ptr<Taking> taking(const std::string& channel) {
    check_channel(channel);
    std::lock_guard lock(mutex);
    std::shared_ptr<Taking>& found = channels[channel];
    if (!found) found = std::make_shared<Taking>(options, channel);
    return found;
  }

  /// False when another message holds the key.
  Task<bool> claim_key(const QueueMessage& message) {
    if (!message.options.dedup_key) co_return true;
    const Millis ttl = cluster::kDedupWindow + message.options.delay;
    const auto attempt = co_await dedup->try_take(dedup_name(message), message.id, ttl);
    co_return attempt.granted;
  }
};

RabbitQueue::RabbitQueue(RabbitOptions options, std::shared_ptr<cluster::LockStore> dedup)
    : parts_(std::make_unique<Parts>(std::move(options), std::move(dedup))) {}

RabbitQueue::~RabbitQueue() {
  parts_->publisher.stop();
  for (auto& [channel, taking] : parts_->channels) taking->consumer.stop();
}

Task<std::vector<bool>> RabbitQueue::publish(std::vector<QueueMessage> messages) {
  std::vector<bool> taken;
  std::vector<Envelope> envelopes;
  for (QueueMessage& message : messages) {
    check_channel(message.channel);
    const bool fresh = !parts_->recent.contains(message.id) && co_await parts_->claim_key(message);
    taken.push_back(fresh);
    if (!fresh) continue;
    Envelope envelope;
    envelope.due_at =
        message.options.delay > Millis{0} ? Clock::system().now() + message.options.delay : UnixMs{};
    envelope.message = std::move(message);
    envelopes.push_back(std::move(envelope));
  }
  if (envelopes.empty()) co_return taken;
  std::vector<std::string> ids;
  for (const Envelope& envelope : envelopes) ids.push_back(envelope.message.id);
  co_await parts_->publisher.publish(std::move(envelopes));
  // Only now: a publish that failed may be tried again with the same id.
  for (std::string& id : ids) parts_->recent.add(std::move(id));
  co_return taken;
}

Task<std::vector<Delivery>> RabbitQueue::claim(std::string channel, std::size_t max, Millis lease,
                                               Millis wait) {
  const std::shared_ptr<Taking> taking = parts_->taking(channel);
  const AsyncMutex::Guard one = co_await taking->one_claim.acquire();
  co_return co_await taking->consumer.claim(max, lease, wait);
}

Task<void> RabbitQueue::settle(std::vector<cluster::Settlement> settlements) {
  std::map<std::string, std::vector<cluster::Settlement>> by_channel;
  for (cluster::Settlement& settlement : settlements)
    by_channel[settlement.channel].push_back(std::move(settlement));
  for (auto& [channel, group] : by_channel) {
    const std::shared_ptr<Taking> taking = parts_->taking(channel);
    co_await taking->consumer.settle(std::move(group));
  }
}

Task<std::vector<bool>> RabbitQueue::renew(std::string channel, std::vector<std::string> receipts,
                                           Millis lease) {
  const std::shared_ptr<Taking> taking = parts_->taking(channel);
  co_return co_await taking->consumer.renew(std::move(receipts), lease);
}

Task<cluster::QueueBackend::DeadLetterPage> RabbitQueue::dead_letters(std::string channel, std::size_t offset,
                                                                      std::size_t limit) {
  check_channel(channel);
  auto look = [options = parts_->options, channel] { return DeadLetters(options, channel).list(); };
  std::vector<cluster::DeadLetter> all = co_await parts_->looking.run(std::move(look));
  DeadLetterPage page;
  page.total = static_cast<std::int64_t>(all.size());
  for (std::size_t i = offset; i < all.size() && page.letters.size() < limit; ++i)
    page.letters.push_back(std::move(all[i]));
  co_return page;
}

Task<cluster::QueueBackend::Depth> RabbitQueue::depth(std::string channel) {
  check_channel(channel);
  auto look = [options = parts_->options, channel] {
    Connection connection(options, {});
    connection.open();
    declare_work(connection, channel);
    Depth depth;
    for (const cluster::Priority priority : kBands)
      depth.ready += connection.ready_messages(work_queue(channel, priority));
    depth.dead = connection.ready_messages(dead_queue(channel));
    return depth;
  };
  co_return co_await parts_->looking.run(std::move(look));
}

Task<std::int64_t> RabbitQueue::replay(std::string channel, std::vector<std::string> ids) {
  check_channel(channel);
  std::set<std::string> chosen(ids.begin(), ids.end());
  auto put_back = [options = parts_->options, channel, chosen = std::move(chosen)] {
    return DeadLetters(options, channel).replay(chosen);
  };
  co_return co_await parts_->looking.run(std::move(put_back));
}

RabbitFacts inspect_rabbit(RabbitOptions options) {
  Connection connection(std::move(options), {});
  connection.open();
  return {connection.server_version()};
}

void check_rabbit_url(const RabbitOptions& options) {
  std::string url = options.url;
  amqp_connection_info parsed{};
  amqp_default_connection_info(&parsed);
  const bool readable = amqp_parse_url(url.data(), &parsed) == AMQP_STATUS_OK;
  if (readable && parsed.ssl)
    throw SettingError(options.variable,
                       "amqps:// is not supported: rabbitmq-c is used without TLS; use amqp://");
  if (!readable)
    throw SettingError(options.variable, "cannot be read; takes amqp://user:password@host:port/vhost");
}

}  // namespace flotilla::rabbitmq
