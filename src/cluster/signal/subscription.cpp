#include "cluster/signal/subscription.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "cluster/signal/signal_measures.hpp"

namespace flotilla::cluster {

namespace {

constexpr Millis kLongest{3'600'000};

Monotonic now() { return std::chrono::steady_clock::now(); }

}  // namespace

Subscription::Subscription(boost::asio::any_io_executor executor, std::string channel,
                           Signals::Subscriber subscriber, SignalTiming timing)
    : channel_(std::move(channel)),
      subscriber_(std::move(subscriber)),
      timing_(timing),
      tasks_(executor),
      debouncer_(subscriber_.debounce) {}

void Subscription::start() {
  auto self = shared_from_this();
  auto run = [](std::shared_ptr<Subscription> kept) -> Task<void> { co_await kept->serve(); };
  tasks_.spawn("signals: " + channel_, run(std::move(self)));
}

void Subscription::message(Heard heard) {
  if (pending_.size() >= kPendingMax && subscriber_.reload) return reload();
  pending_.push_back(std::move(heard));
  arrived_.notify();
}

void Subscription::reload() {
  if (!subscriber_.reload) return;
  // What waits is older than what will be read.
  pending_.clear();
  debouncer_.clear();
  reload_wanted_ = true;
  SignalMeasures::process().reloads.add();
  arrived_.notify();
}

void Subscription::cancel() {
  tasks_.stop();
  arrived_.notify();
}

Task<void> Subscription::serve() {
  while (!cancelled()) {
    const Wakeup::Version seen = arrived_.version();
    if (reload_wanted_) {
      co_await serve_reload();
    } else if (!pending_.empty()) {
      Heard next = std::move(pending_.front());
      pending_.pop_front();
      if (subscriber_.debounce > Millis{0}) {
        debouncer_.add(json::dump(next.message), now());
      } else {
        co_await call(std::move(next.message));
        if (next.published_at)
          SignalMeasures::process().lag.observe(Clock::system().now() - *next.published_at);
      }
    } else {
      for (const std::string& text : debouncer_.take(now())) {
        if (!cancelled()) co_await call(json::parse(text));
      }
      const std::optional<Monotonic> next = debouncer_.next();
      const Millis pause = next ? std::max(Millis{1}, std::chrono::ceil<Millis>(*next - now())) : kLongest;
      co_await arrived_.wait(seen, pause);
    }
  }
}

Task<void> Subscription::serve_reload() {
  Millis pause = timing_.backoff_min;
  while (!cancelled()) {
    reload_wanted_ = false;
    std::string failure;
    try {
      co_await subscriber_.reload();
    } catch (const std::exception& error) {
      failure = *error.what() ? error.what() : "failed without a reason";
    } catch (...) {
      failure = "failed with something that is no std::exception";
    }
    if (failure.empty()) co_return;
    log::warn("a reload after missed signals failed and is tried again",
              {{"channel", channel_}, {"reason", failure}});
    reload_wanted_ = true;
    co_await tasks_.stopping().wait(pause);
    pause = std::min(pause * 2, timing_.backoff_max);
  }
}

Task<void> Subscription::call(Json message) {
  try {
    co_await subscriber_.handle(std::move(message));
    SignalMeasures::process().applied.add();
    co_return;
  } catch (const std::exception& error) {
    log::error("a handler of signals failed", {{"channel", channel_}, {"reason", error.what()}});
  } catch (...) {
    log::error("a handler of signals failed", {{"channel", channel_}});
  }
  SignalMeasures::process().failed.add();
}

}  // namespace flotilla::cluster
