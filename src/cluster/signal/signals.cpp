#include "cluster/signal/signals.hpp"

#include <atomic>
#include <map>
#include <mutex>

#include "base/log.hpp"
#include "cluster/signal/envelope.hpp"
#include "cluster/signal/signal_follower.hpp"
#include "cluster/signal/signal_measures.hpp"
#include "cluster/signal/subscription.hpp"

namespace flotilla::cluster {

namespace {

Monotonic now() { return std::chrono::steady_clock::now(); }

}  // namespace

/// Channels and their subscribers are guarded by the mutex; subscribers' queues belong to the executor, on
/// which the reading loops run.
class Signals::Bus : public std::enable_shared_from_this<Signals::Bus> {
 public:
  Bus(boost::asio::any_io_executor executor, std::shared_ptr<SignalLog> log, AppName app, NodeId self,
      SignalTiming timing)
      : log(std::move(log)), app(std::move(app)), self(std::move(self)), timing(timing), tasks(executor) {}

  struct Channel {
    SignalFollower follower;
    std::vector<std::shared_ptr<Subscription>> subscribers;
  };

  Task<std::shared_ptr<Subscription>> add(std::string channel, Subscriber subscriber);
  void remove(const std::string& channel, const std::shared_ptr<Subscription>& subscription);
  void start();
  Task<void> stop();
  void spawn_reader();
  Task<void> read(std::uint64_t own_generation);
  void dispatch(std::uint64_t own_generation, SignalBatch batch);

  const std::shared_ptr<SignalLog> log;
  const AppName app;
  const NodeId self;
  const SignalTiming timing;
  std::atomic<Monotonic> heard{};
  TaskGroup tasks;
  std::mutex mutex;
  bool started = false;
  std::uint64_t generation = 0;  ///< rises with every new channel: a new loop then reads all of them
  std::map<std::string, Channel> channels;
};

Task<std::shared_ptr<Subscription>> Signals::Bus::add(std::string channel, Subscriber subscriber) {
  auto subscription =
      std::make_shared<Subscription>(tasks.executor(), channel, std::move(subscriber), timing);
  // Where the channel ends now: pinned before the call returns, so that nothing published later is missed.
  const SignalPosition end = co_await log->newest(channel);
  {
    std::lock_guard lock(mutex);
    const auto [place, fresh] = channels.try_emplace(channel, Channel{SignalFollower(end), {}});
    place->second.subscribers.push_back(subscription);
    if (fresh) ++generation;
    if (started && fresh) spawn_reader();
  }
  subscription->start();
  co_return subscription;
}

void Signals::Bus::remove(const std::string& channel, const std::shared_ptr<Subscription>& subscription) {
  subscription->cancel();
  std::lock_guard lock(mutex);
  const auto found = channels.find(channel);
  if (found == channels.end()) return;
  std::erase(found->second.subscribers, subscription);
  if (found->second.subscribers.empty()) channels.erase(found);
}

void Signals::Bus::start() {
  std::lock_guard lock(mutex);
  if (std::exchange(started, true)) return;
  spawn_reader();
}

void Signals::Bus::spawn_reader() { tasks.spawn("signals: reading", read(generation)); }

/// Reads until a new channel has made another loop, which reads all of them.
Task<void> Signals::Bus::read(std::uint64_t own_generation) {
  const std::shared_ptr<Bus> kept = shared_from_this();
  Millis pause = timing.backoff_min;
  bool reachable = true;
  while (!tasks.stopping().cancelled()) {
    std::vector<SignalLog::Cursor> cursors;
    {
      std::lock_guard lock(mutex);
      if (generation != own_generation) co_return;
      for (const auto& [name, channel] : channels) cursors.push_back({name, channel.follower.position()});
    }
    if (cursors.empty()) {
      heard = now();  // nothing to hear
      co_await tasks.stopping().wait(timing.wait);
      continue;
    }
    std::vector<SignalBatch> batches;
    std::string failure;
    const Monotonic begun = now();
    try {
      batches = co_await log->read(std::move(cursors), timing.wait);
    } catch (const std::exception& error) {
      failure = error.what();
      SignalMeasures::process().read_failures.add();
    }
    if (reachable != failure.empty()) {
      reachable = failure.empty();
      if (reachable)
        log::info("signals are heard again");
      else
        log::warn("signals cannot be heard", {{"reason", failure}});
    }
    if (!failure.empty()) {
      co_await tasks.stopping().wait(pause);
      pause = std::min(pause * 2, timing.backoff_max);
      continue;
    }
    pause = timing.backoff_min;
    for (SignalBatch& batch : batches) dispatch(own_generation, std::move(batch));
    // A late answer may be an old one: what was there when the read began is on its way to the subscribers.
    heard = begun;
  }
}

/// What a loop brings that was replaced meanwhile is left out: its batch may be older than where its follower
/// is by now, which would look like a log that lost signals.
void Signals::Bus::dispatch(std::uint64_t own_generation, SignalBatch batch) {
  SignalFollower::Decision decision;
  std::vector<std::shared_ptr<Subscription>> subscribers;
  {
    std::lock_guard lock(mutex);
    const auto found = channels.find(batch.channel);
    if (found == channels.end() || generation != own_generation) return;
    decision = found->second.follower.follow(std::move(batch));
    subscribers = found->second.subscribers;
  }
  if (decision.reload) {
    for (const auto& subscriber : subscribers) subscriber->reload();
  }
  for (const Signal& signal : decision.deliver) {
    std::optional<SignalEnvelope> envelope = SignalEnvelope::parse(signal.body);
    if (!envelope || !envelope->reaches(self)) continue;
    for (const auto& subscriber : subscribers)
      subscriber->message({envelope->message, envelope->published_at});
  }
}

Task<void> Signals::Bus::stop() {
  const std::shared_ptr<Bus> kept = shared_from_this();
  tasks.stop();
  std::vector<std::shared_ptr<Subscription>> subscribers;
  {
    std::lock_guard lock(mutex);
    for (auto& [name, channel] : channels)
      subscribers.insert(subscribers.end(), channel.subscribers.begin(), channel.subscribers.end());
    channels.clear();
  }
  for (const auto& subscriber : subscribers) subscriber->cancel();
  for (const auto& subscriber : subscribers) co_await subscriber->wait();
  co_await tasks.wait();
}

namespace {

class Handle final : public SignalSubscription {
 public:
  explicit Handle(std::function<void()> end) : end_(std::move(end)) {}
  ~Handle() override { end_(); }

 private:
  std::function<void()> end_;
};

}  // namespace

Signals::Signals(boost::asio::any_io_executor executor, std::shared_ptr<SignalLog> log, AppName app,
                 NodeId self, SignalTiming timing)
    : bus_(std::make_shared<Bus>(std::move(executor), std::move(log), std::move(app), std::move(self),
                                 timing)) {}

Signals::~Signals() = default;

Task<SignalPosition> Signals::publish(std::string channel, Json message, SignalOptions options) {
  const std::shared_ptr<Bus> bus = bus_;
  std::string body = envelope(message, options);
  co_return co_await bus->log->append(whole_channel(channel), std::move(body));
}

Task<std::unique_ptr<SignalSubscription>> Signals::subscribe(std::string channel, Subscriber subscriber) {
  const std::shared_ptr<Bus> bus = bus_;
  const std::string whole = whole_channel(channel);
  const std::shared_ptr<Subscription> added = co_await bus->add(whole, std::move(subscriber));
  co_return std::make_unique<Handle>([bus, whole, added] { bus->remove(whole, added); });
}

void Signals::start() { bus_->start(); }

Task<void> Signals::stop() { co_await bus_->stop(); }

Millis Signals::silence(Monotonic at) const {
  const Monotonic heard = bus_->heard.load();
  return heard == Monotonic{} ? Millis::max() : std::chrono::floor<Millis>(at - heard);
}

bool Signals::fresh(Monotonic at) const { return at - bus_->heard.load() < bus_->timing.lease; }

std::string Signals::envelope(const Json& message, SignalOptions options) const {
  return SignalEnvelope{bus_->self, options, message, Clock::system().now()}.text();
}

std::string Signals::whole_channel(std::string_view channel) const {
  return bus_->app + "." + std::string(channel);
}

const NodeId& Signals::self() const { return bus_->self; }

}  // namespace flotilla::cluster
