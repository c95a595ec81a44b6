#include <fmt/format.h>

#include <charconv>
#include <set>

#include "adapters/rabbitmq/consumer.hpp"
#include "adapters/rabbitmq/publisher.hpp"

namespace flotilla::rabbitmq {

namespace {

using cluster::Millis;
using cluster::Monotonic;
using cluster::Settlement;
using cluster::Unavailable;

Monotonic now() { return std::chrono::steady_clock::now(); }

Millis until(Monotonic deadline) { return std::max(Millis{0}, std::chrono::ceil<Millis>(deadline - now())); }

}  // namespace

void Consumer::settle_all(const std::vector<Settlement>& settlements) {
  std::vector<Tag> done, dead;
  std::vector<Envelope> copies, notes;
  for (const Settlement& settlement : settlements) {
    Tag tag = 0;
    Envelope* held = find(settlement.receipt, tag);
    if (!held) continue;
    if (std::holds_alternative<Settlement::Done>(settlement.outcome)) {
      done.push_back(tag);
    } else if (const auto* retry = std::get_if<Settlement::Retry>(&settlement.outcome)) {
      Envelope& copy = copies.emplace_back(*held);
      ++copy.retried;
      copy.due_at = Clock::system().now() + retry->after;
      done.push_back(tag);
    } else {
      Envelope& note = notes.emplace_back(*held);
      note.reason = std::get<Settlement::Dead>(settlement.outcome).reason;
      note.died_at = Clock::system().now();
      dead.push_back(tag);
    }
  }
  copy_and_wait(copies, notes);
  acknowledge(done);
  bury(dead);
}

void Consumer::acknowledge(const std::vector<Tag>& tags) {
  const std::set<Tag> done(tags.begin(), tags.end());
  // One frame for all that are older than anything still held.
  const Tag together = held_.oldest_run([&done](Tag tag) { return done.contains(tag); });
  if (together > 0) connection_.ack(together, true);
  for (Tag tag : done) {
    if (tag > together) connection_.ack(tag, false);
    held_.erase(tag);
  }
}

/// The broker itself moves them to the dead letters, in one step: there is no moment at which one is in both.
void Consumer::bury(const std::vector<Tag>& tags) {
  for (Tag tag : tags) {
    connection_.reject(tag, false);
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
  if (refused_) throw Unavailable(Unavailable::Why::refused, "RabbitMQ", "the broker did not take a copy");
}

Envelope* Consumer::find(const std::string& receipt, Tag& tag) {
  const std::size_t dot = receipt.find('.');
  if (dot == std::string::npos || !connection_.is_open()) return nullptr;
  std::uint64_t generation = 0;
  const char *text = receipt.data(), *end = text + receipt.size();
  if (std::from_chars(text, text + dot, generation).ec != std::errc{}) return nullptr;
  if (std::from_chars(text + dot + 1, end, tag).ec != std::errc{}) return nullptr;
  return generation == connection_.generation() ? held_.claimed(tag, now()) : nullptr;
}

std::string Consumer::receipt_of(Tag tag) const {
  return fmt::format("{}.{}", connection_.generation(), tag);
}

void Consumer::give_back_lapsed() {
  if (!connection_.is_open()) return;
  for (Tag tag : held_.lapsed(now())) {
    connection_.reject(tag, true);
    held_.erase(tag);
  }
}

}  // namespace flotilla::rabbitmq
