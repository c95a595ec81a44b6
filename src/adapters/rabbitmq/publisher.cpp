#include "adapters/rabbitmq/publisher.hpp"

#include <utility>

#include "adapters/rabbitmq/topology.hpp"

namespace flotilla::rabbitmq {

using cluster::Unavailable;

std::uint64_t send(Connection& connection, const Envelope& envelope) {
  const std::string& channel = envelope.message.channel;
  const UnixMs now = Clock::system().now();
  declare_work(connection, channel);
  std::string exchange;
  if (envelope.due_at > now) {
    declare_delays(connection);
    exchange = delay_name(delay_step(envelope.due_at - now));
  }
  const Properties properties(envelope);
  return connection.publish({exchange, work_queue(channel, envelope.message.options.priority)},
                            properties.get(), envelope.message.body);
}

Publisher::Publisher(const RabbitOptions& options)
    : connection_(options, {[](const Connection::Delivered&) {},
                            [this](std::uint64_t number, bool multiple, bool taken) {
                              confirm(number, multiple, taken);
                            }}),
      patience_(options.rpc_timeout),
      agent_({[this] { return connection_.socket(); }, [this] { step(); }}) {}

Task<void> Publisher::publish(std::vector<Envelope> envelopes) {
  auto start = [this, shared = std::make_shared<std::vector<Envelope>>(std::move(envelopes))](
                   const Done& done) { send_all(*shared, done); };
  co_await agent_.call(std::move(start));
}

void Publisher::stop() {
  agent_.post([this] {
    connection_.close();
    fail_all(std::make_exception_ptr(Unavailable(Unavailable::Why::network, "RabbitMQ",
                                                 "the publisher was stopped before the broker confirmed")));
  });
  agent_.stop();
}

void Publisher::send_all(const std::vector<Envelope>& envelopes, const Done& done) {
  auto batch = std::make_shared<Batch>();
  batch->done = done;
  batch->unconfirmed = envelopes.size();
  if (envelopes.empty()) return done(nullptr);
  try {
    connection_.open();
    if (waiting_.empty()) oldest_ = std::chrono::steady_clock::now();
    for (const Envelope& envelope : envelopes) waiting_[send(connection_, envelope)] = batch;
  } catch (...) {
    const std::exception_ptr why = std::current_exception();
    if (connection_.is_open()) connection_.close();
    // This batch may not be among those that wait yet.
    std::erase_if(waiting_, [&](const auto& entry) { return entry.second == batch; });
    batch->done(why);
    fail_all(why);
  }
}

void Publisher::confirm(std::uint64_t number, bool multiple, bool taken) {
  if (waiting_.empty()) return;
  auto first = multiple ? waiting_.begin() : waiting_.find(number);
  if (first == waiting_.end()) return;
  const auto last = multiple ? waiting_.upper_bound(number) : std::next(first);
  for (auto at = first; at != last; ++at) settle(at->second, taken);
  waiting_.erase(first, last);
  oldest_ = std::chrono::steady_clock::now();
}

void Publisher::settle(const std::shared_ptr<Batch>& batch, bool taken) {
  if (!taken) batch->refused = true;
  if (--batch->unconfirmed > 0) return;
  batch->done(batch->refused ? std::make_exception_ptr(Unavailable(Unavailable::Why::refused, "RabbitMQ",
                                                                   "the broker did not take a message"))
                             : nullptr);
}

void Publisher::fail_all(std::exception_ptr why) {
  std::map<std::uint64_t, std::shared_ptr<Batch>> lost;
  lost.swap(waiting_);
  for (auto& [number, batch] : lost)
    if (batch->done) std::exchange(batch->done, nullptr)(why);
}

void Publisher::step() {
  if (!connection_.is_open()) return;
  try {
    connection_.pump(std::chrono::milliseconds{0});
    if (!waiting_.empty() && std::chrono::steady_clock::now() - oldest_ > patience_) {
      connection_.close();
      throw Unavailable(Unavailable::Why::timeout, "RabbitMQ", "the broker does not confirm");
    }
  } catch (...) {
    fail_all(std::current_exception());
  }
}

}  // namespace flotilla::rabbitmq
