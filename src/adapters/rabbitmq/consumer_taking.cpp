#include <algorithm>

#include "adapters/rabbitmq/consumer.hpp"

namespace flotilla::rabbitmq {

namespace {

using cluster::Delivery;
using cluster::Millis;
using cluster::Monotonic;
using cluster::Priority;
using cluster::Unavailable;

/// How long to wait for what the broker said it has, and for the next of it.
constexpr Millis kGather{200}, kNext{5};
/// What ended is settled a moment after its slot is free: a shortage that lasts no longer is none.
constexpr Millis kShortage{20};

Monotonic now() { return std::chrono::steady_clock::now(); }

Millis until(Monotonic deadline) { return std::max(Millis{0}, std::chrono::ceil<Millis>(deadline - now())); }

}  // namespace

/// Messages of the highest band that has some; when none has, the first that comes to any band.
void Consumer::take(std::size_t max, Millis lease, Millis wait, std::vector<Delivery>& out) {
  const Monotonic deadline = now() + wait;
  reconnect();
  declare_work(connection_, channel_);
  declare_delays(connection_);  // for the retries
  connection_.pump(Millis{0});
  give_back_lapsed();
  for (;;) {
    make_room(max);
    for (Priority band : kBands) {
      if (out.empty() && held_.waiting(band) == 0) look_for(band, max);
      hand_out(band, max, now() + lease, out);
    }
    if (!out.empty() || now() >= deadline || agent_.stopping()) return;
    await_first(short_since_ ? std::min(deadline, *short_since_ + kShortage) : deadline);
  }
}

/// What the broker may send is what is asked for, and each message that is settled makes room for the next.
/// Consumers that bring too few for long, because what they brought is still worked on, are replaced.
void Consumer::make_room(std::size_t max) {
  if (!standing_.empty()) {
    const std::size_t room = prefetch_ - std::min(prefetch_, held_.claimed_since_mark());
    if (room * 2 >= max) return short_since_.reset();
    if (!short_since_) short_since_ = now();
    if (now() < *short_since_ + kShortage) return;
  }
  for (Priority band : kBands) sit_down(band);
  connection_.pump(Millis{0});  // what came before the cancellation
  held_.mark();
  prefetch_ = max;
  short_since_.reset();
}

void Consumer::stand(Priority band) {
  if (!standing_.insert(band).second) return;
  dry_.erase(band);
  connection_.consume(work_queue(channel_, band), static_cast<std::uint16_t>(prefetch_));
}

void Consumer::sit_down(Priority band) {
  if (standing_.erase(band) > 0) connection_.cancel(work_queue(channel_, band));
}

/// Brings messages of the band here, if the broker has some. What it is about to send of a band that stands
/// goes before what lower bands have.
void Consumer::look_for(Priority band, std::size_t max) {
  if (standing_.contains(band)) {
    if (dry_.contains(band) || !anything_below(band)) return;
    const Monotonic enough = now() + kNext;
    while (!held_.any_unclaimed() && now() < enough) connection_.pump(until(enough));
    if (held_.waiting(band) > 0) return;
  }
  const std::size_t ready = connection_.ready_messages(work_queue(channel_, band));
  if (ready > 0) return gather(band, std::min(ready, max));
  if (standing_.contains(band)) dry_.insert(band);
}

bool Consumer::anything_below(Priority band) const {
  return std::ranges::any_of(kBands, [&](Priority other) {
    return other < band && (!standing_.contains(other) || held_.waiting(other) > 0);
  });
}

/// Waits for what the broker said it has of the band: for the first, and for those that follow at its heels.
void Consumer::gather(Priority band, std::size_t count) {
  for (Priority other : kBands)
    if (other >= band) stand(other);
  for (Millis patience = kGather; held_.waiting(band) < count; patience = kNext)
    if (!connection_.pump(patience)) return;
}

void Consumer::await_first(Monotonic deadline) {
  for (Priority band : kBands) stand(band);
  const std::uint64_t generation = connection_.generation();
  while (!held_.any_unclaimed() && now() < deadline && !agent_.stopping()) {
    if (!connection_.pump(Millis{0})) agent_.wait(until(deadline));
    if (!connection_.is_open() || connection_.generation() != generation)
      throw Unavailable(Unavailable::Why::network, "RabbitMQ", "the connection was lost while waiting");
    give_back_lapsed();
  }
}

void Consumer::hand_out(Priority band, std::size_t max, Monotonic lease_end, std::vector<Delivery>& out) {
  while (out.size() < max) {
    const std::optional<Tag> tag = held_.next(band);
    if (!tag) return;
    const Envelope& envelope = *held_.find(*tag);
    if (!ready(*tag, envelope)) continue;
    out.push_back({envelope.message, envelope.retried, envelope.abandoned, receipt_of(*tag)});
    held_.claim(*tag, lease_end);
  }
}

/// False when it is not to be handed out and has been sent on: down the delay ladder, or to the dead letters.
bool Consumer::ready(Tag tag, const Envelope& envelope) {
  if (envelope.abandoned > cluster::kAbandonedMax) {
    Envelope note = envelope;
    note.reason = kAbandoned;
    note.died_at = Clock::system().now();
    copy_and_wait({}, {note});
    bury({tag});
    return false;
  }
  if (envelope.due_at <= Clock::system().now()) return true;
  copy_and_wait({envelope}, {});
  acknowledge({tag});
  return false;
}

void Consumer::arrived(const Connection::Delivered& delivered) {
  Envelope envelope = decode(delivered.message, channel_);
  for (Priority band : kBands)
    if (delivered.queue == work_queue(channel_, band)) envelope.message.options.priority = band;
  dry_.erase(envelope.message.options.priority);
  held_.add(delivered.tag, std::move(envelope), now());
}

/// Puts what nobody has claimed where others can take it, as copies: a return would be counted by the broker
/// as if its consumer had vanished.
void Consumer::give_back(Priority band) {
  if (!standing_.contains(band) && !held_.next(band)) return;
  sit_down(band);
  connection_.pump(Millis{0});  // what came before the cancellation
  const std::vector<Tag> tags = held_.unclaimed(band);
  std::vector<Envelope> copies;
  for (Tag tag : tags) copies.push_back(*held_.find(tag));
  copy_and_wait(copies, {});
  acknowledge(tags);
}

void Consumer::give_back_unclaimed() {
  for (Priority band : kBands) give_back(band);
}

}  // namespace flotilla::rabbitmq
