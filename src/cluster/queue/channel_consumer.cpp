#include "cluster/queue/channel_consumer.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/log.hpp"

namespace flotilla::cluster {

namespace {

constexpr Millis kPauseMin{50}, kPauseMax{5'000};
constexpr Millis kCancelGrace{1'000};
constexpr Millis kLongest{3'600'000};

Monotonic now() { return std::chrono::steady_clock::now(); }

Millis until(Monotonic time) { return std::max(Millis{0}, std::chrono::ceil<Millis>(time - now())); }

}  // namespace

ChannelConsumer::ChannelConsumer(boost::asio::any_io_executor executor, std::shared_ptr<QueueBackend> backend,
                                 std::string channel, Consumer consumer, Random& random, QueueTiming timing)
    : backend_(std::move(backend)),
      channel_(std::move(channel)),
      consumer_(std::move(consumer)),
      timing_(timing),
      intake_{consumer_.concurrency},
      retries_(timing.retry_min, timing.retry_max),
      measures_(QueueMeasures::of(channel_)),
      random_(random),
      taking_tasks_(executor),
      tasks_(executor),
      attempts_running_(executor) {}

void ChannelConsumer::start() {
  last_poll_ = now();
  taking_tasks_.spawn("queue: taking " + channel_, take());
  tasks_.spawn("queue: settling " + channel_, settle());
  tasks_.spawn("queue: renewing " + channel_, renew());
  tasks_.spawn("queue: watching " + channel_, watch());
}

Task<void> ChannelConsumer::take() {
  const RetryPolicy pauses(kPauseMin, kPauseMax);
  for (int failed = 0; taking_;) {
    if (co_await take_once()) {
      failed = 0;
    } else {
      co_await taking_tasks_.stopping().wait(pauses.pause(failed++, random_));
    }
  }
}

bool ChannelConsumer::ask_idle() const {
  try {
    return !consumer_.idle || consumer_.idle();
  } catch (const std::exception& error) {
    log::warn("a consumer's idle() failed: its messages wait",
              {{"channel", channel_}, {"reason", error.what()}});
    return false;
  }
}

/// False when the backend could not be reached.
Task<bool> ChannelConsumer::take_once() {
  const Wakeup::Version seen = changed_.version();
  idle_ = ask_idle();
  last_poll_ = now();
  const std::size_t room = intake_.room(attempts_.size(), idle_);
  if (room == 0) {
    co_await changed_.wait(seen, consumer_.interval);
    co_return true;
  }
  std::vector<Delivery> deliveries;
  std::string failure;
  try {
    deliveries = co_await backend_->claim(channel_, room, timing_.lease, timing_.wait);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  // Told once when it begins and once when it ends, not with every try.
  if (reachable_ != failure.empty()) {
    reachable_ = failure.empty();
    if (reachable_)
      log::info("the queue is reached again", {{"channel", channel_}});
    else
      log::warn("the queue cannot be reached", {{"channel", channel_}, {"reason", failure}});
  }
  for (Delivery& delivery : deliveries) {
    const std::optional<Monotonic> before = attempts_.next_late();
    const Attempts::Id id = attempts_.begin(std::move(delivery), now());
    ++running_;
    if (!before || *attempts_.next_late() < *before) deadlines_changed_.notify();
    attempts_running_.spawn("queue: a handler of " + channel_, attempt(shared_from_this(), id));
  }
  co_return failure.empty();
}

Task<void> ChannelConsumer::attempt([[maybe_unused]] std::shared_ptr<ChannelConsumer> self, Attempts::Id id) {
  std::string failure;
  const metrics::Level::Hold counted(measures_.running);
  const Monotonic began = now();
  try {
    // Values of their own: the handler may outlive what the backend does with the message.
    const Attempts::Running& running = attempts_.at(id);
    const Delivery& delivery = running.delivery;
    Attempt attempt{delivery.message.id, delivery.retried, running.cancel, delivery.message.options};
    Json message = json::parse(delivery.message.body);
    co_await consumer_.process(std::move(message), std::move(attempt));
  } catch (const std::exception& error) {
    failure = *error.what() ? error.what() : "failed without a reason";
  } catch (...) {
    failure = "failed with something that is no std::exception";
  }
  measures_.work.observe(now() - began);
  const std::optional<Attempts::Running> ended = attempts_.end(id);
  --running_;
  changed_.notify();
  if (!ended) {
    measures_.lost.add();
    co_return;
  }
  const Delivery& delivery = ended->delivery;
  if (failure.empty() && ended->late) failure = "timed out";
  if (failure.empty()) {
    measures_.done.add();
    settle_later({channel_, delivery.receipt, Settlement::Done{}});
    co_return;
  }
  log::warn("a message failed", {{"channel", channel_},
                                 {"id", delivery.message.id},
                                 {"retried", delivery.retried},
                                 {"maxRetries", delivery.message.options.max_retries},
                                 {"reason", failure}});
  Settlement settlement{channel_, delivery.receipt, retries_.after_failure(delivery, failure, random_)};
  (std::holds_alternative<Settlement::Dead>(settlement.outcome) ? measures_.dead : measures_.failed).add();
  settle_later(std::move(settlement));
}

void ChannelConsumer::settle_later(Settlement settlement) {
  ended_.push_back(std::move(settlement));
  settleable_.notify();
}

/// What ends while a batch is on its way goes with the next one.
Task<void> ChannelConsumer::settle() {
  for (;;) {
    const Wakeup::Version seen = settleable_.version();
    if (ended_.empty()) {
      if (closing_.cancelled()) co_return;
      co_await settleable_.wait(seen, kLongest);
      continue;
    }
    std::vector<Settlement> batch = std::exchange(ended_, {});
    // Until the leases have lapsed; then the messages are somebody else's.
    const Monotonic give_up = now() + timing_.lease;
    const RetryPolicy pauses(kPauseMin, kPauseMax);
    for (int failed = 0; !co_await settle_once(batch) && now() < give_up; ++failed) {
      if (co_await closing_.wait(pauses.pause(failed, random_))) break;
    }
  }
}

Task<bool> ChannelConsumer::settle_once(std::vector<Settlement> settlements) {
  std::string failure;
  try {
    co_await backend_->settle(std::move(settlements));
    co_return true;
  } catch (const std::exception& error) {
    failure = error.what();
  }
  log::warn("messages could not be settled", {{"channel", channel_}, {"reason", failure}});
  co_return false;
}

Task<void> ChannelConsumer::renew() {
  while (!co_await closing_.wait(timing_.lease / 3)) {
    const auto held = attempts_.to_renew(now());
    if (held.empty()) continue;
    std::vector<std::string> receipts;
    for (const auto& [id, receipt] : held) receipts.push_back(receipt);
    std::vector<bool> valid;
    try {
      valid = co_await backend_->renew(channel_, std::move(receipts), timing_.lease);
    } catch (const std::exception& error) {
      log::warn("leases of messages could not be renewed", {{"channel", channel_}, {"reason", error.what()}});
    }
    for (std::size_t i = 0; i < valid.size(); ++i) {
      if (valid[i]) continue;
      if (std::optional<Cancellation> lost = attempts_.lose(held[i].first)) lost->cancel();
    }
  }
}

Task<void> ChannelConsumer::watch() {
  while (!closing_.cancelled()) {
    const Wakeup::Version seen = deadlines_changed_.version();
    for (Cancellation& late : attempts_.late(now())) late.cancel();
    const std::optional<Monotonic> next = attempts_.next_late();
    co_await deadlines_changed_.wait(seen, next ? until(*next) + Millis{1} : kLongest);
  }
}

Task<void> ChannelConsumer::stop(Millis deadline) {
  const std::shared_ptr<ChannelConsumer> self = shared_from_this();
  taking_ = false;
  taking_tasks_.stop();
  changed_.notify();
  const Monotonic patience = now() + deadline;
  // A claim under way may still bring messages: they are worked on as well.
  co_await taking_tasks_.wait();
  while (now() < patience && attempts_.size() > 0) {
    const Wakeup::Version seen = changed_.version();
    if (attempts_.size() == 0) break;
    co_await changed_.wait(seen, until(patience));
  }
  for (Cancellation& running : attempts_.all()) running.cancel();
  const Monotonic grace = now() + kCancelGrace;
  while (now() < grace && attempts_.size() > 0) {
    const Wakeup::Version seen = changed_.version();
    co_await changed_.wait(seen, until(grace));
  }
  closing_.cancel();
  settleable_.notify();
  deadlines_changed_.notify();
  co_await tasks_.wait();
}

Queue::ConsumerState ChannelConsumer::state() const { return {channel_, last_poll_, running_, idle_}; }

}  // namespace flotilla::cluster
