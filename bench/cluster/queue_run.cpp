#include "queue_run.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "base/json.hpp"
#include "base/random.hpp"
#include "cluster/queue/queue.hpp"
#include "measure.hpp"
#include "runtime/wakeup.hpp"
#include "world.hpp"

namespace flotilla::bench {
namespace {

using cluster::Delivery;
using cluster::Millis;
using cluster::QueueBackend;
using cluster::QueueMessage;
using cluster::Settlement;

constexpr Millis kLease{30'000};
constexpr std::chrono::seconds kLimit{300};

/// Counts what is settled.
class Counted final : public QueueBackend {
 public:
  explicit Counted(std::shared_ptr<QueueBackend> inner) : inner_(std::move(inner)) {}

  Task<std::vector<bool>> publish(std::vector<QueueMessage> messages) override {
    return inner_->publish(std::move(messages));
  }
  Task<std::vector<Delivery>> claim(std::string channel, std::size_t max, Millis lease,
                                    Millis wait) override {
    return inner_->claim(std::move(channel), max, lease, wait);
  }
  Task<void> settle(std::vector<Settlement> settlements) override {
    const std::size_t count = settlements.size();
    co_await inner_->settle(std::move(settlements));
    settled_ += count;
    moved_.notify();
  }
  Task<std::vector<bool>> renew(std::string channel, std::vector<std::string> receipts,
                                Millis lease) override {
    return inner_->renew(std::move(channel), std::move(receipts), lease);
  }
  Task<DeadLetterPage> dead_letters(std::string channel, std::size_t offset, std::size_t limit) override {
    return inner_->dead_letters(std::move(channel), offset, limit);
  }
  Task<Depth> depth(std::string channel) override { return inner_->depth(std::move(channel)); }
  Task<std::int64_t> replay(std::string channel, std::vector<std::string> ids) override {
    return inner_->replay(std::move(channel), std::move(ids));
  }

  std::size_t settled() const { return settled_; }
  Task<void> wait_settled(std::size_t count, const Crowd& crowd) {
    const auto give_up = std::chrono::steady_clock::now() + kLimit;
    for (;;) {
      const Wakeup::Version seen = moved_.version();
      if (settled_ >= count || crowd.failed()) co_return;
      if (std::chrono::steady_clock::now() > give_up)
        throw std::runtime_error(fmt::format("only {} of {} messages were settled", settled_, count));
      co_await moved_.wait(seen, Millis{1'000});
    }
  }

 private:
  std::shared_ptr<QueueBackend> inner_;
  std::size_t settled_ = 0;  // on one loop
  Wakeup moved_;
};

/// Which messages have come.
class Seen {
 public:
  explicit Seen(std::size_t count) : times_(count) {}
  void add(const Json& body) {
    std::uint8_t& times = times_.at(static_cast<std::size_t>(body.at("n").as_int64()));
    if (times == 0) ++distinct_;
    times = 1;
  }
  std::size_t distinct() const { return distinct_; }
  void check_all() const {
    if (distinct_ != times_.size())
      throw std::runtime_error(fmt::format("{} of {} messages came", distinct_, times_.size()));
  }

 private:
  std::vector<std::uint8_t> times_;
  std::size_t distinct_ = 0;
};

/// A run through the backend: the state that its coroutines share.
struct BackendRun {
  Counted backend;
  BatchLoad load;
  std::string channel = fresh_name();
  std::size_t next = 0;
  std::vector<std::string> came = {};
  const Crowd* crowd = nullptr;

  Task<void> publish() {
    while (next < load.messages) {
      std::vector<QueueMessage> batch;
      for (; batch.size() < load.publish && next < load.messages; ++next) {
        QueueMessage message;
        message.id = channel + "." + std::to_string(next);
        message.channel = channel;
        message.body = body_of(next);
        message.published_at = Clock::system().now();
        batch.push_back(std::move(message));
      }
      const std::vector<bool> taken = co_await backend.publish(std::move(batch));
      if (std::ranges::find(taken, false) != taken.end()) throw std::runtime_error("a message was not taken");
    }
  }

  Task<void> consume() {
    while (backend.settled() < load.messages && !crowd->failed()) {
      std::vector<Delivery> claimed = co_await backend.claim(channel, load.claim, kLease, Millis{200});
      if (claimed.empty()) continue;
      std::vector<Settlement> settlements;
      for (Delivery& delivery : claimed) {
        came.push_back(std::move(delivery.message.id));
        settlements.push_back({channel, std::move(delivery.receipt), Settlement::Done{}});
      }
      co_await backend.settle(std::move(settlements));
    }
  }
};

}  // namespace

std::string body_of(std::size_t number) {
  return fmt::format(R"({{"n":{},"text":"{}"}})", number, std::string(80, 'x'));
}

double through_backend(test::Loop& loop, std::shared_ptr<QueueBackend> backend, const BatchLoad& load) {
  BackendRun run{Counted(std::move(backend)), load};
  double seconds = 0;
  auto all = [&]() -> Task<void> {
    Crowd crowd(loop.executor());
    run.crowd = &crowd;
    const Stopwatch watch;
    for (std::size_t n = 0; n < load.publishers; ++n) crowd.add(run.publish());
    for (std::size_t n = 0; n < load.claimers; ++n) crowd.add(run.consume());
    co_await run.backend.wait_settled(load.messages, crowd);
    seconds = watch.seconds();
    co_await crowd.wait();
  };
  loop.run(all, kLimit + std::chrono::seconds(30));
  std::ranges::sort(run.came);
  const auto repeated = std::ranges::unique(run.came);
  run.came.erase(repeated.begin(), repeated.end());
  if (run.came.size() != load.messages)
    throw std::runtime_error(fmt::format("{} of {} messages came", run.came.size(), load.messages));
  return static_cast<double>(load.messages) / seconds;
}

double through_facade(test::Loop& loop, std::shared_ptr<QueueBackend> backend, const FacadeLoad& load) {
  auto counted = std::make_shared<Counted>(std::move(backend));
  cluster::Queue queue(loop.executor(), counted, "bench", Random::system());
  const std::string channel = fresh_name();
  Seen seen(load.messages);
  cluster::Consumer consumer;
  consumer.concurrency = load.concurrency;
  consumer.process = [&seen](Json message, cluster::Attempt) -> Task<void> {
    seen.add(message);
    co_return;
  };
  std::size_t next = 0;
  auto publish = [&]() -> Task<void> {
    while (next < load.messages) {
      Json body = json::parse(body_of(next++));
      const auto id = co_await queue.publish(channel, std::move(body));
      if (!id) throw std::runtime_error("a message was not taken");
    }
  };
  double seconds = 0;
  auto all = [&]() -> Task<void> {
    queue.subscribe(channel, consumer);
    queue.start();
    Crowd crowd(loop.executor());
    const Stopwatch watch;
    for (std::size_t n = 0; n < load.publishers; ++n) crowd.add(publish());
    std::exception_ptr failure;
    try {
      co_await crowd.wait();
      co_await counted->wait_settled(load.messages, crowd);
    } catch (...) {
      failure = std::current_exception();
    }
    seconds = watch.seconds();
    co_await queue.stop(Millis{10'000});
    if (failure) std::rethrow_exception(failure);
  };
  loop.run(all, kLimit + std::chrono::seconds(30));
  seen.check_all();
  return static_cast<double>(load.messages) / seconds;
}

}  // namespace flotilla::bench
