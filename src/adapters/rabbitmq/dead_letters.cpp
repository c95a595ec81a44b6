#include "adapters/rabbitmq/dead_letters.hpp"

#include <algorithm>
#include <thread>
#include <tuple>

#include "adapters/rabbitmq/publisher.hpp"
#include "adapters/rabbitmq/topology.hpp"

namespace flotilla::rabbitmq {

namespace {

using cluster::Millis;
using cluster::Unavailable;

constexpr Millis kAskAgain{50};
/// Nothing came for so long: what the broker counted is on its way to somebody else.
constexpr Millis kQuiet{500};

}  // namespace

DeadLetters::DeadLetters(const RabbitOptions& options, std::string channel)
    : channel_(std::move(channel)),
      patience_(options.rpc_timeout),
      connection_(options, {[this](const Connection::Delivered& delivered) { arrived(delivered); },
                            [this](std::uint64_t number, bool, bool taken) {
                              confirmed_ = std::max(confirmed_, number);
                              if (!taken) refused_ = true;
                            }}) {
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  for (;;) {
    try {
      connection_.open();
      declare_dead(connection_, channel_);
      const std::size_t waiting = connection_.ready_messages(dead_queue(channel_));
      connection_.consume(dead_queue(channel_), kLettersMax, true);
      read(waiting);
      return;
    } catch (const Unavailable& error) {
      // The broker refuses a second exclusive consumer as it refuses access.
      if (error.why != Unavailable::Why::auth || std::chrono::steady_clock::now() > deadline) throw;
    }
    std::this_thread::sleep_for(kAskAgain);
  }
}

void DeadLetters::read(std::size_t waiting) {
  // Somebody else may have taken some since they were counted.
  while (arrived_ < std::min(waiting, kLettersMax) && connection_.pump(kQuiet)) {
  }
}

void DeadLetters::arrived(const Connection::Delivered& delivered) {
  ++arrived_;
  Letter& letter = letters_[message_id(delivered.message)];
  letter.tags.push_back(delivered.tag);
  if (!is_note(delivered.message)) {
    Envelope note = std::move(letter.envelope);
    letter.envelope = decode(delivered.message, channel_);
    letter.is_message = true;
    if (note.reason.empty()) return;
    letter.envelope.reason = note.reason;
    letter.envelope.died_at = note.died_at;
  } else {
    read_note(delivered.message, letter.envelope);
  }
}

std::vector<cluster::DeadLetter> DeadLetters::list() const {
  std::vector<cluster::DeadLetter> out;
  for (const auto& [id, letter] : letters_) {
    if (!letter.is_message) continue;
    const Envelope& envelope = letter.envelope;
    const bool abandoned = envelope.reason == "delivery_limit";
    out.push_back({envelope.message, abandoned ? std::string(kAbandoned) : envelope.reason, envelope.retried,
                   envelope.died_at});
  }
  std::ranges::sort(
      out, {}, [](const cluster::DeadLetter& letter) { return std::tie(letter.died_at, letter.message.id); });
  return out;
}

std::int64_t DeadLetters::replay(const std::set<std::string>& ids) {
  std::int64_t replayed = 0;
  for (const auto& [id, letter] : letters_) {
    if (!letter.is_message || (!ids.empty() && !ids.contains(id))) continue;
    Envelope again;
    again.message = letter.envelope.message;
    publish(again);
    for (std::uint64_t tag : letter.tags) connection_.ack(tag, false);
    ++replayed;
  }
  // An acknowledgement has no answer: a call that has one tells that the broker got it.
  connection_.ready_messages(dead_queue(channel_));
  return replayed;
}

void DeadLetters::publish(const Envelope& envelope) {
  const std::uint64_t number = send(connection_, envelope);
  while (confirmed_ < number)
    if (!connection_.pump(patience_))
      throw Unavailable(Unavailable::Why::timeout, "RabbitMQ", "the broker does not confirm");
  if (refused_) throw Unavailable(Unavailable::Why::refused, "RabbitMQ", "the broker did not take a message");
}

}  // namespace flotilla::rabbitmq
