#pragma once

#include <chrono>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "contract/adapters.hpp"

namespace flotilla::contract {

using cluster::Delivery;
using cluster::Millis;
using cluster::PublishOptions;
using cluster::QueueBackend;
using cluster::QueueMessage;
using cluster::Settlement;

inline constexpr Millis kLong{60'000};
inline constexpr Millis kPatience{20'000};

/// Calls of a queue's nodes, one after the other.
class QueueNodes : public Contract<QueueBackend> {
 protected:
  std::string channel(const std::string& name = "work") const { return app + "." + name; }
  QueueMessage message(std::string body, PublishOptions options = {},
                       const std::string& name = "work") const {
    return {random_uid(Random::system(), 20), channel(name), std::move(body), std::move(options),
            Clock::system().now()};
  }
  std::vector<bool> publish(QueueBackend& queue, std::vector<QueueMessage> messages) {
    return loop.run(queue.publish(std::move(messages)));
  }
  std::vector<Delivery> claim(QueueBackend& queue, std::size_t max, Millis lease = kLong,
                              Millis wait = kPatience, const std::string& name = "work") {
    return loop.run(queue.claim(channel(name), max, lease, wait));
  }
  /// Claims until there are so many, or nothing more comes.
  std::vector<Delivery> claim_all(QueueBackend& queue, std::size_t count) {
    std::vector<Delivery> out;
    while (out.size() < count) {
      std::vector<Delivery> more = claim(queue, count - out.size());
      if (more.empty()) break;
      std::ranges::move(more, std::back_inserter(out));
    }
    return out;
  }
  void settle(QueueBackend& queue, const Delivery& delivery,
              decltype(Settlement::outcome) outcome = Settlement::Done{}) {
    std::vector<Settlement> one{{delivery.message.channel, delivery.receipt, std::move(outcome)}};
    loop.run(queue.settle(std::move(one)));
  }
  bool renew(QueueBackend& queue, const Delivery& delivery, Millis lease) {
    return loop.run(queue.renew(delivery.message.channel, {delivery.receipt}, lease)).at(0);
  }
  /// Dead letters of the channel; waits until there are so many, as brokers move them by themselves.
  QueueBackend::DeadLetterPage dead(QueueBackend& queue, std::int64_t count, std::size_t offset = 0,
                                    std::size_t limit = 100) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      QueueBackend::DeadLetterPage page = loop.run(queue.dead_letters(channel(), offset, limit));
      if (page.total >= count || std::chrono::steady_clock::now() > deadline) return page;
    }
  }
};

}  // namespace flotilla::contract
