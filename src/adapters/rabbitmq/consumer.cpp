#include "adapters/rabbitmq/consumer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "adapters/rabbitmq/publisher.hpp"
#include "adapters/rabbitmq/topology.hpp"

namespace flotilla::rabbitmq {

namespace {

using cluster::Delivery;
using cluster::Millis;
using cluster::Monotonic;
using cluster::Settlement;
using cluster::Unavailable;

constexpr std::size_t kClaimMax = 1'000;
/// How long to wait for the rest of what the broker said it has.
constexpr Millis kGather{200};

Monotonic now() { return std::chrono::steady_clock::now(); }

Millis until(Monotonic deadline) { return std::max(Millis{0}, std::chrono::ceil<Millis>(deadline - now())); }

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
      agent_({[this] { return connection_.socket(); }, [this] { step(); }, [this] { return next_lapse(); }}) {
}

Task<std::vector<Delivery>> Consumer::claim(std::size_t max, Millis lease, Millis wait) {
  std::vector<Delivery> out;
  auto start = [this, max, lease, wait, &out](const Done& done) {
    try {
      take(std::clamp<std::size_t>(max, 1, kClaimMax), lease, wait, out);
      done(nullptr);
    } catch (...) {
      taking_ = false;
      done(std::current_exception());
    }
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
      std::uint64_t tag = 0;
      Held* held = find(receipt, tag);
      if (held) held->lease_end = now() + lease;
      out.push_back(held != nullptr);
    }
    done(nullptr);
  };
  co_await agent_.call(std::move(start));
  co_return out;
}

void Consumer::stop() {
  agent_.post([this] { connection_.close(); });
  agent_.stop();
}

/// Messages of the highest band that has some; when none has, the first that comes to any band.
void Consumer::take(std::size_t max, Millis lease, Millis wait, std::vector<Delivery>& out) {
  const Monotonic deadline = now() + wait;
  taking_ = true;
  reconnect();
  declare_work(connection_, channel_);
  declare_delays(connection_);  // for the retries
  for (;;) {
    hand_out(max, lease, out);
    for (cluster::Priority band : kBands) {
      if (out.size() >= max) break;
      if (collect(work_queue(channel_, band), max - out.size())) hand_out(max, lease, out);
    }
    if (!out.empty() || now() >= deadline || agent_.stopping()) break;
    await_first(deadline);
  }
  taking_ = false;
}

bool Consumer::collect(const std::string& queue, std::size_t max) {
  const std::size_t wanted = std::min<std::size_t>(max, connection_.ready_messages(queue));
  if (wanted == 0) return false;
  const std::size_t goal = held_.size() + wanted;
  connection_.consume(queue, static_cast<std::uint16_t>(wanted));
  const Monotonic enough = now() + kGather;
  while (held_.size() < goal && now() < enough) connection_.pump(until(enough));
  connection_.cancel(queue);
  connection_.pump(Millis{0});  // what came before the cancellation
  return true;
}

void Consumer::await_first(Monotonic deadline) {
  for (cluster::Priority band : kBands) connection_.consume(work_queue(channel_, band), 1);
  const std::uint64_t generation = connection_.generation();
  auto unclaimed = [this] {
    return std::ranges::any_of(held_, [](const auto& entry) { return !entry.second.claimed; });
  };
  while (!unclaimed() && now() < deadline && !agent_.stopping()) {
    if (!connection_.pump(Millis{0})) agent_.wait(until(deadline));
    if (!connection_.is_open() || connection_.generation() != generation)
      throw Unavailable(Unavailable::Why::network, "RabbitMQ", "the connection was lost while waiting");
    give_back_lapsed();
  }
  for (cluster::Priority band : kBands) connection_.cancel(work_queue(channel_, band));
  connection_.pump(Millis{0});
}

void Consumer::hand_out(std::size_t max, Millis lease, std::vector<Delivery>& out) {
  for (auto at = held_.begin(); at != held_.end() && out.size() < max;) {
    const auto [tag, next] = std::pair(at->first, std::next(at));
    Held& held = at->second;
    if (!held.claimed && ready(tag, held)) {
      held.claimed = true;
      held.lease_end = now() + lease;
      out.push_back({held.envelope.message, held.envelope.retried, held.envelope.abandoned, receipt_of(tag)});
    }
    at = next;
  }
}

/// False when it was not due and has been sent down the delay ladder.
bool Consumer::ready(std::uint64_t tag, Held& held) {
  if (held.envelope.due_at <= Clock::system().now()) return true;
  move_on(tag, held);
  return false;
}

void Consumer::move_on(std::uint64_t tag, Held& held) {
  const std::vector<Envelope> copies = {held.envelope};
  copy_and_wait(copies, {});
  acknowledge({tag});
}

void Consumer::arrived(const Connection::Delivered& delivered) {
  held_[delivered.tag] = {decode(delivered.message, channel_), Monotonic::max(), false};
}

void Consumer::settle_all(const std::vector<Settlement>& settlements) {
  std::vector<std::uint64_t> done, dead;
  std::vector<Envelope> copies, notes;
  for (const Settlement& settlement : settlements) {
    std::uint64_t tag = 0;
    const Held* held = find(settlement.receipt, tag);
    if (!held) continue;
    Envelope envelope = held->envelope;
    if (std::holds_alternative<Settlement::Done>(settlement.outcome)) {
      done.push_back(tag);
    } else if (const auto* retry = std::get_if<Settlement::Retry>(&settlement.outcome)) {
      ++envelope.retried;
      envelope.due_at = Clock::system().now() + retry->after;
      copies.push_back(std::move(envelope));
      done.push_back(tag);
    } else {
      envelope.reason = std::get<Settlement::Dead>(settlement.outcome).reason;
      envelope.died_at = Clock::system().now();
      notes.push_back(std::move(envelope));
      dead.push_back(tag);
    }
  }
  copy_and_wait(copies, notes);
  acknowledge(std::move(done));
  // The broker itself moves it to the dead letters, in one step: there is no moment at which it is in both.
  for (std::uint64_t tag : dead) {
    connection_.reject(tag, false);
    held_.erase(tag);
  }
}

void Consumer::acknowledge(std::vector<std::uint64_t> tags) {
  std::set<std::uint64_t> done(tags.begin(), tags.end());
  // One frame for all that are older than anything still held.
  std::uint64_t together = 0;
  for (const auto& [tag, held] : held_) {
    if (!done.contains(tag)) break;
    together = tag;
  }
  if (together > 0) connection_.ack(together, true);
  for (std::uint64_t tag : done) {
    if (tag > together) connection_.ack(tag, false);
    held_.erase(tag);
  }
}

/// Publishes and waits until the broker has all of it.
void Consumer::copy_and_wait(const std::vector<Envelope>& copies, const std::vector<Envelope>& notes) {
  if (copies.empty() && notes.empty()) return;
  std::set<std::uint64_t> open;
  refused_ = false;
  for (const Envelope& copy : copies) open.insert(send(connection_, copy));
  for (const Envelope& note : notes) {
    const NoteProperties properties(note.message.id);
    open.insert(connection_.publish({"", dead_queue(channel_)}, properties.get(), note_body(note)));
  }
  const Monotonic deadline = now() + patience_;
  for (;;) {
    std::erase_if(open, [this](std::uint64_t number) {
      return number <= confirmed_ || confirmations_.contains(number);
    });
    if (open.empty()) break;
    if (now() >= deadline) {
      connection_.close();
      throw Unavailable(Unavailable::Why::timeout, "RabbitMQ", "the broker does not confirm");
    }
    connection_.pump(until(deadline));
  }
  confirmations_.clear();
  if (refused_) throw Unavailable(Unavailable::Why::refused, "RabbitMQ", "the broker did not take a retry");
}

Consumer::Held* Consumer::find(const std::string& receipt, std::uint64_t& tag) {
  const std::size_t dot = receipt.find('.');
  if (dot == std::string::npos || !connection_.is_open()) return nullptr;
  if (receipt.substr(0, dot) != std::to_string(connection_.generation())) return nullptr;
  tag = std::strtoull(receipt.c_str() + dot + 1, nullptr, 10);
  const auto found = held_.find(tag);
  if (found == held_.end() || !found->second.claimed || found->second.lease_end <= now()) return nullptr;
  return &found->second;
}

std::string Consumer::receipt_of(std::uint64_t tag) const {
  return fmt::format("{}.{}", connection_.generation(), tag);
}

void Consumer::give_back_lapsed() {
  if (!connection_.is_open()) return;
  const Monotonic at = now();
  for (auto held = held_.begin(); held != held_.end();) {
    if (!held->second.claimed || held->second.lease_end > at) {
      ++held;
      continue;
    }
    connection_.reject(held->first, true);
    held = held_.erase(held);
  }
}

/// Until the first lease ends.
Millis Consumer::next_lapse() const {
  Monotonic first = now() + Agent::kIdleStep;
  for (const auto& [tag, held] : held_) {
    if (held.claimed) first = std::min(first, held.lease_end);
  }
  return until(first) + Millis{1};
}

void Consumer::reconnect() {
  if (connection_.is_open()) return;
  held_.clear();
  confirmations_.clear();
  confirmed_ = 0;
  connection_.open();
}

void Consumer::step() {
  if (!connection_.is_open()) return;
  try {
    connection_.pump(Millis{0});
    give_back_lapsed();
    // Taken by a consumer that was cancelled meanwhile, and nobody asks any more: others may have it.
    if (taking_) return;
    for (auto held = held_.begin(); held != held_.end();) {
      if (!held->second.claimed) connection_.reject(held->first, true);
      held = held->second.claimed ? std::next(held) : held_.erase(held);
    }
  } catch (const Unavailable&) {
    // The connection is closed; the next call opens it again and says what is wrong.
  }
}

}  // namespace flotilla::rabbitmq
