#include "adapters/redis/redis_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapters/redis/redis_queue_parts.hpp"
#include "adapters/redis/redis_queue_scripts.hpp"
#include "base/random.hpp"
#include "cluster/outbox/message_text.hpp"

namespace flotilla::redis {

namespace {

using cluster::DeadLetter;
using cluster::Delivery;
using cluster::Priority;
using cluster::QueueMessage;
using cluster::Settlement;

/// Of one script: others wait while it runs, and its texts must cross the wire within the deadline.
constexpr std::size_t kAtOnce = 512;
constexpr std::size_t kBytesAtOnce = 4u << 20;
/// One that runs and one that is on its way.
constexpr std::size_t kScriptsAtOnce = 1;
constexpr std::size_t kReplayAtOnce = 1'000;
constexpr Millis kLookAgainMin{5};

std::string band_of(Priority priority) {
  return priority == Priority::high ? "1" : priority == Priority::normal ? "2" : "3";
}

/// "priority", or "priority delay key".
std::string options_of(const cluster::PublishOptions& options) {
  const Millis delay = std::max(Millis{0}, options.delay);
  std::string out = band_of(options.priority);
  if (delay > Millis{0} || options.dedup_key)
    out += fmt::format(" {} {}", delay.count(), options.dedup_key.value_or(""));
  return out;
}

/// As BLPOP takes it.
std::string seconds(Millis time) { return fmt::format("{:.3f}", static_cast<double>(time.count()) / 1000); }

std::string base_of(const std::string& space, const std::string& channel) {
  return space + ":queue:" + channel + ":";
}

Task<std::vector<bool>> send(std::shared_ptr<RedisClient> client, std::string space,
                             const std::vector<QueueMessage>& messages) {
  std::vector<bool> taken(messages.size());
  std::map<std::string, std::vector<std::size_t>> by_channel;
  for (std::size_t i = 0; i < messages.size(); ++i) by_channel[messages[i].channel].push_back(i);
  for (const auto& [channel, indexes] : by_channel) {
    std::vector<std::size_t> sizes;
    for (const std::size_t index : indexes) sizes.push_back(messages[index].body.size());
    for (std::size_t from = 0, until = 0; from < indexes.size(); from = until) {
      until = batch_end(sizes, from, kAtOnce, kBytesAtOnce);
      std::vector<std::string> keys{base_of(space, channel)};
      std::vector<std::string> args{std::to_string(cluster::kDedupWindow.count()),
                                    std::to_string(until - from)};
      args.reserve(2 + (until - from) * 3);
      for (std::size_t n = from; n < until; ++n) args.push_back(messages[indexes[n]].id);
      for (std::size_t n = from; n < until; ++n) args.push_back(cluster::message_text(messages[indexes[n]]));
      for (std::size_t n = from; n < until; ++n) args.push_back(options_of(messages[indexes[n]].options));
      const Reply reply = co_await client->run(kPublishScript, std::move(keys), std::move(args));
      for (std::size_t n = from; n < until; ++n) taken[indexes[n]] = reply.at(n - from).integer() == 1;
    }
  }
  co_return taken;
}

}  // namespace

RedisQueue::RedisQueue(std::shared_ptr<RedisClient> client, std::string space)
    : client_(std::move(client)),
      space_(std::move(space)),
      group_(std::make_shared<cluster::PublishGroup>(
          [client = client_, space = space_](const cluster::PublishGroup::Messages& messages) {
            return send(client, space, messages);
          },
          kScriptsAtOnce)) {}

std::string RedisQueue::base(const std::string& channel) const { return base_of(space_, channel); }

Task<std::vector<bool>> RedisQueue::publish(std::vector<QueueMessage> messages) {
  const std::shared_ptr<cluster::PublishGroup> group = group_;
  co_return co_await group->publish(std::move(messages));
}

Task<Millis> RedisQueue::take(std::string channel, std::size_t max, Millis lease,
                              std::vector<Delivery>& out) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{base(channel)};
  std::vector<std::string> args{"node", std::to_string(std::clamp<std::size_t>(max, 1, kClaimMax)),
                                std::to_string(lease.count()), std::to_string(cluster::kAbandonedMax),
                                std::to_string(kBytesAtOnce)};
  const Reply reply = co_await client->run(kClaimScript, std::move(keys), std::move(args));
  for (std::size_t n = 1; n + 3 < reply.size(); n += 4) {
    Delivery delivery;
    delivery.receipt = reply.at(n).text();
    delivery.retried = static_cast<int>(reply.at(n + 1).integer());
    delivery.abandoned = static_cast<int>(reply.at(n + 2).integer());
    delivery.message = cluster::message_of(reply.at(n + 3).text());
    out.push_back(std::move(delivery));
  }
  const std::int64_t pause = reply.at(0).integer();
  co_return pause < 0 ? Millis::max() : Millis{pause};
}

Task<std::vector<Delivery>> RedisQueue::claim(std::string channel, std::size_t max, Millis lease,
                                              Millis wait) {
  const std::shared_ptr<RedisClient> client = client_;
  const auto deadline = std::chrono::steady_clock::now() + wait;
  std::vector<Delivery> out;
  for (;;) {
    const Millis nothing_for = co_await take(channel, max, lease, out);
    const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
    if (!out.empty() || left <= Millis{0}) co_return out;
    const Millis pause = std::max(kLookAgainMin, std::min(left, nothing_for));
    // Until somebody publishes, or something is due.
    Command command{"BLPOP", base(channel) + "wake", seconds(pause)};
    co_await client->blocking(std::move(command), pause);
  }
}

Task<void> RedisQueue::settle(std::vector<Settlement> settlements) {
  const std::shared_ptr<RedisClient> client = client_;
  std::map<std::string, SettleBatches> by_channel;
  for (Settlement& settlement : settlements) by_channel[settlement.channel].add(std::move(settlement));
  for (const auto& [channel, batches] : by_channel) {
    for (std::vector<std::string>& args : batches.arguments(kAtOnce)) {
      std::vector<std::string> keys{base(channel)};
      co_await client->run(kSettleScript, std::move(keys), std::move(args));
    }
  }
}

Task<std::vector<bool>> RedisQueue::renew(std::string channel, std::vector<std::string> receipts,
                                          Millis lease) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<bool> out;
  for (std::size_t from = 0; from < receipts.size(); from += kAtOnce) {
    std::vector<std::string> keys{base(channel)};
    std::vector<std::string> args{std::to_string(lease.count())};
    for (std::size_t n = from; n < std::min(receipts.size(), from + kAtOnce); ++n)
      args.push_back(std::move(receipts[n]));
    const Reply reply = co_await client->run(kRenewScript, std::move(keys), std::move(args));
    for (const Reply& one : reply.items()) out.push_back(one.integer() == 1);
  }
  co_return out;
}

Task<cluster::QueueBackend::DeadLetterPage> RedisQueue::dead_letters(std::string channel, std::size_t offset,
                                                                     std::size_t limit) {
  const std::shared_ptr<RedisClient> client = client_;
  DeadLetterPage page;
  Command count{"ZCARD", base(channel) + "dead"};
  page.total = (co_await client->command(std::move(count))).integer();
  const auto total = static_cast<std::size_t>(page.total);
  if (limit == 0 || offset >= total) co_return page;
  const std::size_t last = offset + std::min(limit, total - offset) - 1;
  Command range{"ZRANGE", base(channel) + "dead", std::to_string(offset), std::to_string(last), "WITHSCORES"};
  const Reply found = co_await client->command(std::move(range));
  if (found.size() == 0) co_return page;
  Command read{"HMGET", base(channel) + "letters"};
  for (std::size_t n = 0; n + 1 < found.size(); n += 2) read.push_back(found.at(n).text());
  const Reply letters = co_await client->command(std::move(read));
  for (std::size_t n = 0; n < letters.size(); ++n) {
    if (letters.at(n).is_nil()) continue;  // replayed meanwhile
    QueueLetter letter = QueueLetter::parse(letters.at(n).text());
    page.letters.push_back({cluster::message_of(letter.text), std::move(letter.reason), letter.retried,
                            UnixMs{Millis{found.at(n * 2 + 1).integer()}}});
  }
  co_return page;
}

Task<cluster::QueueBackend::Depth> RedisQueue::depth(std::string channel) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{base(channel)};
  const Reply reply = co_await client->run(kDepthScript, std::move(keys), {});
  Depth depth{.ready = reply.at(0).integer(),
              .delayed = reply.at(1).integer(),
              .running = reply.at(2).integer(),
              .dead = reply.at(3).integer(),
              .oldest = {}};
  if (const std::int64_t age = reply.at(4).integer(); age >= 0) depth.oldest = Millis{age};
  co_return depth;
}

Task<std::int64_t> RedisQueue::replay(std::string channel, std::vector<std::string> ids) {
  const std::shared_ptr<RedisClient> client = client_;
  // No more than there are now: some may die again meanwhile.
  auto left = static_cast<std::int64_t>(ids.size());
  if (ids.empty()) {
    Command count{"ZCARD", base(channel) + "dead"};
    left = (co_await client->command(std::move(count))).integer();
  }
  std::int64_t replayed = 0;
  for (std::size_t from = 0; left > 0; from += kReplayAtOnce) {
    const std::int64_t some = std::min<std::int64_t>(left, kReplayAtOnce);
    std::vector<std::string> keys{base(channel)};
    std::vector<std::string> args{std::to_string(some)};
    for (std::size_t n = from; n < std::min(ids.size(), from + kReplayAtOnce); ++n)
      args.push_back(std::move(ids[n]));
    replayed += (co_await client->run(kReplayScript, std::move(keys), std::move(args))).integer();
    left -= some;
  }
  co_return replayed;
}

}  // namespace flotilla::redis
