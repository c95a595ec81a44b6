#include "supervisor/supervision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "supervisor/restart_delay.hpp"

namespace flotilla::supervisor {

std::string End::text() const {
  return signal != 0 ? fmt::format("was ended by signal {}", signal) : fmt::format("exited with {}", code);
}

Supervision::Supervision(int slots, Timing timing, std::function<double()> chance)
    : slots_(slots), timing_(timing), chance_(std::move(chance)) {
  for (Slot slot = 1; slot <= slots_; ++slot) places_[slot] = {};
}

std::vector<Step> Supervision::begin(Time now) {
  for (Slot slot = 1; slot <= slots_; ++slot) start(slot, Image::current, false, now);
  return take();
}

std::vector<Step> Supervision::resume(const std::vector<Known>& known, ChildId next, Time now) {
  next_ = next;
  any_ready_ = true;
  for (const Known& child : known)
    children_[child.id] = {
        child.slot, Image::current,           child.ready ? State::serving : State::starting, false,
        now,        now + timing_.ready_limit};
  for (Slot slot = 1; slot <= slots_; ++slot)
    if (!any_in(slot)) start(slot, Image::current, false, now);
  return take();
}

void Supervision::start(Slot slot, Image image, bool replaces, Time now) {
  const ChildId id = next_++;
  children_[id] = {slot, image, State::starting, replaces, now, now + timing_.ready_limit};
  places_[slot].start_at.reset();
  out_.push_back(Start{id, slot, image});
}

bool Supervision::any_in(Slot slot) const {
  return std::ranges::any_of(children_, [slot](const auto& entry) {
    return entry.second.slot == slot && entry.second.state != State::leaving;
  });
}

std::vector<Step> Supervision::ready(ChildId id, Time now) {
  const auto found = children_.find(id);
  if (found == children_.end() || found->second.state != State::starting) return {};
  Child& child = found->second;
  any_ready_ = true;
  child.state = child.replaces ? State::settling : State::serving;
  child.since = now;
  child.deadline = now + timing_.settle;
  say(Tone::info, fmt::format("node {} is ready", child.slot));
  return take();
}

void Supervision::begin_end(ChildId id, Child& child, Order order, Time now) {
  child.state = State::leaving;
  child.since = now;
  child.deadline = now + timing_.leave_limit;
  out_.push_back(Tell{id, order});
}

void Supervision::let_go_of_others(Slot slot, ChildId stays, Time now) {
  for (auto& [id, child] : children_)
    if (child.slot == slot && id != stays && child.state != State::leaving)
      begin_end(id, child, Order::retire, now);
}

std::vector<Step> Supervision::ended(ChildId id, End how, Time now) {
  const auto found = children_.find(id);
  if (found == children_.end()) return {};
  const Child child = found->second;
  children_.erase(found);
  if (stopping_) {
    if (child.killed || how.code != 0 || how.signal != 0) exit_code_ = std::max(exit_code_, 1);
    finish_if_empty();
  } else if (child.state == State::leaving) {
    say(Tone::info, fmt::format("the old node {} {}", child.slot, how.text()));
    if (roll_ && roll_->slot == child.slot) go_on(now);
  } else if (child.replaces) {
    const std::string why =
        child.killed ? fmt::format("was not ready within {} ms", timing_.ready_limit.count()) : how.text();
    if (!any_in(child.slot)) failed(child, how, now);
    replacement_failed(child.slot, why, now);
  } else {
    failed(child, how, now);
  }
  return take();
}

/// A slot has lost its process without having been asked for it.
void Supervision::failed(const Child& child, const End& how, Time now) {
  if (!any_ready_) {  // as a single process would: who started it sees why
    say(Tone::error,
        fmt::format("node {} {} before any was ready: the start has failed", child.slot, how.text()));
    exit_code_ = how.code != 0 ? how.code : 1;
    for (auto& [id, other] : children_) {
      begin_end(id, other, Order::hurry, now);
      other.deadline = now + timing_.hurried_limit;
    }
    stopping_ = true;
    return finish_if_empty();
  }
  if (any_in(child.slot)) return;  // its replacement is on the way
  Place& place = places_[child.slot];
  const bool steady = child.state == State::serving && now - child.since >= timing_.steady;
  place.failures = steady ? 1 : place.failures + 1;
  const bool asked = steady && how.code == 0 && how.signal == 0;
  const Millis delay =
      asked ? Millis{0} : restart_delay(place.failures, chance_(), timing_.restart_min, timing_.restart_max);
  place.start_at = now + delay;
  if (place.failures < timing_.failures_told)
    return say(Tone::warning, fmt::format("node {} {}; it is started again in {} ms", child.slot, how.text(),
                                          delay.count()));
  say(Tone::error, fmt::format("node {} keeps ending: it {}, {} times in a row now; tried again in {} ms",
                               child.slot, how.text(), place.failures, delay.count()));
}

std::vector<Step> Supervision::roll(Image image, Time now) {
  if (stopping_ || roll_) {
    out_.push_back(
        RollEnded{false, stopping_ ? "the supervisor is stopping" : "nodes are being replaced already"});
    return take();
  }
  roll_.emplace(Roll{.image = image, .slot = 1, .last = slots_, .back = false, .why = {}, .also = {}});
  say(Tone::info, fmt::format("replacing {} nodes one by one", slots_));
  start(1, image, true, now);
  return take();
}

/// The old process of the roll's slot is gone, or there was none.
void Supervision::go_on(Time now) {
  if (roll_->slot < roll_->last) return start(++roll_->slot, roll_->image, true, now);
  if (roll_->back)
    return end_roll(false, fmt::format("{}; the nodes that had been replaced run the old version again{}",
                                       roll_->why, roll_->also));
  if (roll_->image == Image::next) {
    for (auto& [slot, place] : places_) place.image = Image::current;
    for (auto& [id, child] : children_) child.image = Image::current;
    out_.push_back(Adopt{});
  }
  end_roll(true, fmt::format("{} nodes replaced", slots_));
}

void Supervision::replacement_failed(Slot slot, const std::string& why, Time now) {
  if (!roll_) return;
  if (roll_->back) {
    roll_->also += fmt::format(", but node {}, whose old version {}", slot, why);
    return go_on(now);
  }
  roll_->why = fmt::format("the new node {} {}", slot, why);
  if (roll_->image == Image::current || slot == 1)
    return end_roll(false, roll_->why + "; the old one goes on serving");
  say(Tone::error, roll_->why + ": going back");
  roll_->back = true;
  roll_->image = Image::current;
  roll_->last = slot - 1;
  roll_->slot = 1;
  start(1, Image::current, true, now);
}

void Supervision::end_roll(bool done, std::string text) {
  roll_.reset();
  out_.push_back(RollEnded{done, std::move(text)});
}

std::vector<Step> Supervision::stop(Time now) {
  if (stopping_) return hurry(now);
  stopping_ = true;
  if (roll_) end_roll(false, "the supervisor is stopping");
  for (auto& [id, child] : children_) begin_end(id, child, Order::stop, now);
  finish_if_empty();
  return take();
}

std::vector<Step> Supervision::hurry(Time now) {
  for (auto& [id, child] : children_) {
    if (child.state != State::leaving) continue;
    child.deadline = std::min(child.deadline, now + timing_.hurried_limit);
    out_.push_back(Tell{id, Order::hurry});
  }
  return take();
}

void Supervision::finish_if_empty() {
  if (children_.empty()) out_.push_back(Finish{exit_code_});
}

std::vector<Step> Supervision::tick(Time now) {
  for (auto& [id, child] : children_) {
    if (child.killed || child.state == State::serving || now < child.deadline) continue;
    if (child.state == State::settling) {
      child.state = State::serving;
      child.since = now;
      child.replaces = false;
      Place& place = places_[child.slot];
      place = {.image = child.image, .failures = 0, .start_at = {}};
      const std::size_t steps = out_.size();
      let_go_of_others(child.slot, id, now);
      const bool alone = out_.size() == steps;
      if (alone && roll_ && roll_->slot == child.slot) {
        go_on(now);
        break;  // there may be another child now; the rest is looked at next time, at once
      }
      continue;
    }
    child.killed = true;
    say(Tone::error, child.state == State::starting
                         ? fmt::format("node {} is not ready after {} ms: it is killed", child.slot,
                                       timing_.ready_limit.count())
                         : fmt::format("node {} has not ended in time: it is killed", child.slot));
    out_.push_back(Kill{id});
  }
  for (auto& [slot, place] : places_)
    if (place.start_at && now >= *place.start_at && !stopping_) start(slot, place.image, false, now);
  return take();
}

std::optional<Time> Supervision::wake_at() const {
  std::optional<Time> first;
  const auto consider = [&](Time time) { first = first ? std::min(*first, time) : time; };
  for (const auto& [id, child] : children_)
    if (!child.killed && child.state != State::serving) consider(child.deadline);
  if (!stopping_)
    for (const auto& [slot, place] : places_)
      if (place.start_at) consider(*place.start_at);
  return first;
}

}  // namespace flotilla::supervisor
