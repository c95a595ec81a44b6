#include "adapters/rabbitmq/consumer.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace flotilla::rabbitmq {

namespace {

using cluster::Delivery;
using cluster::Millis;
using cluster::Monotonic;
using cluster::Settlement;
using cluster::Unavailable;

constexpr std::size_t kClaimMax = 1'000;

Monotonic now() { return std::chrono::steady_clock::now(); }

}  // namespace

Consumer::Consumer(const RabbitOptions& options, std::string channel)
    : channel_(std::move(channel)),
      connection_(options, {[this](const Connection::Delivered& delivered) { arrived(delivered); },
                            [this](std::uint64_t number, bool multiple, bool taken) {
                              if (!taken) refused_ = true;
                              confirmed_ = multiple ? std::max(confirmed_, number) : confirmed_;
                              if (!multiple) confirmations_[number] = taken;
                            }}),
      patience_(options.rpc_timeout),
      agent_({[this] { return connection_.socket(); }, [this] { step(); }, [this] { return next_step(); }}) {}

Task<std::vector<Delivery>> Consumer::claim(std::size_t max, Millis lease, Millis wait) {
  std::vector<Delivery> out;
  auto start = [this, max, lease, wait, &out](const Done& done) {
    std::exception_ptr failure;
    taking_ = true;
    try {
      take(std::clamp<std::size_t>(max, 1, kClaimMax), lease, wait, out);
    } catch (...) {
      failure = std::current_exception();
    }
    taking_ = false;
    last_claim_ = now();
    done(failure);
  };
  co_await agent_.call(std::move(start));
  co_return out;
}

Task<void> Consumer::settle(std::vector<Settlement> settlements) {
  auto start = [this, &settlements](const Done& done) {
    try {
      settle_all(settlements);
      done(nullptr);
    } catch (...) {
      done(std::current_exception());
    }
  };
  co_await agent_.call(std::move(start));
}

Task<std::vector<bool>> Consumer::renew(std::vector<std::string> receipts, Millis lease) {
  std::vector<bool> out;
  auto start = [this, &receipts, lease, &out](const Done& done) {
    for (const std::string& receipt : receipts) {
      Tag tag = 0;
      const bool valid = find(receipt, tag) != nullptr;
      if (valid) held_.claim(tag, now() + lease);
      out.push_back(valid);
    }
    done(nullptr);
  };
  co_await agent_.call(std::move(start));
  co_return out;
}

void Consumer::stop() {
  agent_.post([this] {
    try {
      if (connection_.is_open()) {
        give_back_unclaimed();
        // An acknowledgement has no answer: a question that has one tells that the broker got them all.
        connection_.ready_messages(work_queue(channel_, kBands.front()));
      }
    } catch (const Unavailable& error) {
      // The broker gives to others what it still counts as held when the connection ends.
      log::warn("the broker may give messages again that were settled or given back",
                {{"channel", channel_}, {"reason", error.what()}});
    }
    connection_.close();
  });
  agent_.stop();
}

/// Until a lease ends or a band has stood for long enough.
Millis Consumer::next_step() const {
  const Monotonic at = now();
  Monotonic next = std::min(at + Agent::kIdleStep, held_.next_lapse());
  if (!taking_ && !standing_.empty()) next = std::min(next, last_claim_ + kStanding);
  for (cluster::Priority band : kBands)
    if (const auto since = held_.waiting_since(band)) next = std::min(next, *since + kStanding);
  return std::max(Millis{0}, std::chrono::ceil<Millis>(next - at)) + Millis{1};
}

void Consumer::reconnect() {
  if (connection_.is_open()) return;
  held_.clear();
  standing_.clear();
  dry_.clear();
  confirmations_.clear();
  confirmed_ = 0;
  connection_.open();
}

void Consumer::step() {
  if (!connection_.is_open() || taking_) return;
  try {
    connection_.pump(Millis{0});
    give_back_lapsed();
    const Monotonic at = now();
    if (at >= last_claim_ + kStanding) return give_back_unclaimed();
    for (cluster::Priority band : kBands) {
      const auto since = held_.waiting_since(band);
      if (since && at >= *since + kStanding) give_back(band);
    }
  } catch (const Unavailable&) {
    // The connection is closed; the next call opens it again and says what is wrong.
  }
}

}  // namespace flotilla::rabbitmq
