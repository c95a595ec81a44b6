#include "cluster/queue/queue.hpp"

#include <boost/asio/dispatch.hpp>
#include <map>
#include <mutex>

#include "base/log.hpp"
#include "cluster/queue/channel_consumer.hpp"
#include "cluster/queue/publish_check.hpp"
#include "cluster/queue/queue_measures.hpp"

namespace flotilla::cluster {

namespace {
constexpr std::size_t kIdLength = 20;
}

class Queue::Runner {
 public:
  Runner(boost::asio::any_io_executor executor, std::shared_ptr<QueueBackend> backend, AppName app,
         Random& random, QueueTiming timing)
      : executor(std::move(executor)),
        backend(std::move(backend)),
        app(std::move(app)),
        random(random),
        timing(timing) {}

  /// Null when the channel has a consumer already.
  std::shared_ptr<ChannelConsumer> add(const std::string& channel, Consumer consumer, bool* start) {
    std::lock_guard lock(mutex);
    *start = started;
    std::shared_ptr<ChannelConsumer>& place = consumers[channel];
    if (place) return nullptr;
    place =
        std::make_shared<ChannelConsumer>(executor, backend, channel, std::move(consumer), random, timing);
    return place;
  }

  /// Those that a call before this one is stopping are among them: it may have more patience.
  std::map<std::string, std::shared_ptr<ChannelConsumer>> take_all() {
    std::lock_guard lock(mutex);
    started = false;
    stopping.merge(consumers);
    consumers.clear();
    return stopping;
  }

  const boost::asio::any_io_executor executor;
  const std::shared_ptr<QueueBackend> backend;
  const AppName app;
  Random& random;
  const QueueTiming timing;
  std::mutex mutex;
  bool started = false;
  std::map<std::string, std::shared_ptr<ChannelConsumer>> consumers;
  std::map<std::string, std::shared_ptr<ChannelConsumer>> stopping;
};

Queue::Queue(boost::asio::any_io_executor executor, std::shared_ptr<QueueBackend> backend, AppName app,
             Random& random, QueueTiming timing)
    : runner_(std::make_shared<Runner>(std::move(executor), std::move(backend), std::move(app), random,
                                       timing)) {}

Queue::~Queue() = default;

std::string Queue::whole_channel(std::string_view channel, bool shared) const {
  return shared ? std::string(channel) : runner_->app + "." + std::string(channel);
}

QueueMessage Queue::prepare(std::string_view channel, const Json& message, PublishOptions options,
                            bool shared) const {
  check_channel(channel);
  std::string body = json::dump(message);
  check_publish(options, body.size());
  published_messages().add();
  return {random_uid(runner_->random, kIdLength), whole_channel(channel, shared), std::move(body),
          std::move(options), Clock::system().now()};
}

Task<std::optional<std::string>> Queue::publish(std::string channel, Json message, PublishOptions options,
                                                bool shared) {
  const std::shared_ptr<Runner> runner = runner_;
  std::vector<QueueMessage> messages;
  messages.push_back(prepare(channel, message, std::move(options), shared));
  std::string id = messages.front().id;
  const std::vector<bool> taken = co_await runner->backend->publish(std::move(messages));
  if (!taken.at(0)) co_return std::nullopt;
  co_return id;
}

void Queue::subscribe(std::string channel, Consumer consumer) {
  check_channel(channel);
  const std::string whole = whole_channel(channel, consumer.shared);
  bool start = false;
  const std::shared_ptr<ChannelConsumer> added = runner_->add(whole, std::move(consumer), &start);
  if (!added)
    return log::warn("a queue channel has a consumer already; the second one is ignored",
                     {{"channel", whole}});
  if (start) boost::asio::dispatch(runner_->executor, [added] { added->start(); });
}

Task<void> Queue::unsubscribe(std::string channel) {
  const std::shared_ptr<Runner> runner = runner_;
  std::vector<std::shared_ptr<ChannelConsumer>> ending;
  {
    // Whether it was shared is known by where it is: its own name, or the application's.
    std::lock_guard lock(runner->mutex);
    for (const bool shared : {false, true}) {
      const auto found = runner->consumers.find(whole_channel(channel, shared));
      if (found == runner->consumers.end()) continue;
      ending.push_back(std::move(found->second));
      runner->consumers.erase(found);
      break;
    }
  }
  for (const auto& consumer : ending) co_await consumer->stop(kTimeoutMax);
}

void Queue::start() {
  std::lock_guard lock(runner_->mutex);
  if (std::exchange(runner_->started, true)) return;
  for (const auto& [channel, consumer] : runner_->consumers)
    boost::asio::dispatch(runner_->executor, [consumer] { consumer->start(); });
}

Task<void> Queue::stop(Millis deadline) {
  const std::shared_ptr<Runner> runner = runner_;
  const auto consumers = runner->take_all();
  TaskGroup stopping(runner->executor);
  for (const auto& [channel, consumer] : consumers)
    stopping.spawn("queue: stopping " + channel, consumer->stop(deadline));
  co_await stopping.wait();
}

Task<QueueBackend::DeadLetterPage> Queue::dead_letters(std::string channel, std::size_t offset,
                                                       std::size_t limit) {
  co_return co_await runner_->backend->dead_letters(whole_channel(channel, false), offset, limit);
}

Task<std::int64_t> Queue::replay(std::string channel, std::vector<std::string> ids) {
  co_return co_await runner_->backend->replay(whole_channel(channel, false), std::move(ids));
}

Task<std::vector<std::pair<std::string, QueueBackend::Depth>>> Queue::depths() {
  const std::shared_ptr<Runner> runner = runner_;
  std::vector<std::pair<std::string, QueueBackend::Depth>> out;
  for (const ConsumerState& consumer : consumers())
    out.emplace_back(consumer.channel, co_await runner->backend->depth(consumer.channel));
  co_return out;
}

std::vector<Queue::ConsumerState> Queue::consumers() const {
  std::lock_guard lock(runner_->mutex);
  std::vector<ConsumerState> out;
  for (const auto& [channel, consumer] : runner_->consumers) out.push_back(consumer->state());
  return out;
}

}  // namespace flotilla::cluster
