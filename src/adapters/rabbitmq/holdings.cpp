#include "adapters/rabbitmq/holdings.hpp"

#include <algorithm>

namespace flotilla::rabbitmq {

using cluster::Monotonic;
using cluster::Priority;

namespace {

std::size_t index_of(Priority band) { return static_cast<std::size_t>(band); }

}  // namespace

void Holdings::clear() {
  held_.clear();
  for (auto& line : lines_) line.clear();
  newest_ = 0;
  mark();
  next_lapse_ = Monotonic::max();
}

void Holdings::mark() {
  mark_ = newest_;
  claimed_since_mark_ = 0;
}

void Holdings::add(Tag tag, Envelope envelope, Monotonic now) {
  const auto [at, fresh] = held_.emplace(tag, Held{std::move(envelope), now});
  if (fresh) lines_[index_of(at->second.envelope.message.options.priority)].push_back(tag);
  newest_ = std::max(newest_, tag);
}

void Holdings::leave_line(const Held& held, Tag tag) {
  auto& line = lines_[index_of(held.envelope.message.options.priority)];
  if (!line.empty() && line.front() == tag)  // nearly always
    line.pop_front();
  else
    std::erase(line, tag);
}

Envelope* Holdings::find(Tag tag) {
  const auto found = held_.find(tag);
  return found == held_.end() ? nullptr : &found->second.envelope;
}

void Holdings::erase(Tag tag) {
  const auto found = held_.find(tag);
  if (found == held_.end()) return;
  if (!found->second.lease_end)
    leave_line(found->second, tag);
  else if (tag > mark_)
    --claimed_since_mark_;
  held_.erase(found);
}

std::optional<Holdings::Tag> Holdings::next(Priority band) const {
  const auto& line = lines_[index_of(band)];
  if (line.empty()) return std::nullopt;
  return line.front();
}

std::vector<Holdings::Tag> Holdings::unclaimed(Priority band) const {
  const auto& line = lines_[index_of(band)];
  return {line.begin(), line.end()};
}

std::size_t Holdings::waiting(Priority band) const { return lines_[index_of(band)].size(); }

bool Holdings::any_unclaimed() const {
  return std::ranges::any_of(lines_, [](const auto& line) { return !line.empty(); });
}

std::optional<Monotonic> Holdings::waiting_since(Priority band) const {
  const std::optional<Tag> oldest = next(band);
  if (!oldest) return std::nullopt;
  return held_.at(*oldest).came;
}

void Holdings::claim(Tag tag, Monotonic lease_end) {
  Held& held = held_.at(tag);
  if (!held.lease_end) {
    leave_line(held, tag);
    if (tag > mark_) ++claimed_since_mark_;
  }
  held.lease_end = lease_end;
  next_lapse_ = std::min(next_lapse_, lease_end);
}

Envelope* Holdings::claimed(Tag tag, Monotonic now) {
  const auto found = held_.find(tag);
  if (found == held_.end() || !found->second.lease_end || *found->second.lease_end <= now) return nullptr;
  return &found->second.envelope;
}

std::vector<Holdings::Tag> Holdings::lapsed(Monotonic now) {
  if (now < next_lapse_) return {};
  std::vector<Tag> out;
  next_lapse_ = Monotonic::max();
  for (const auto& [tag, held] : held_) {
    if (!held.lease_end) continue;
    if (*held.lease_end <= now) out.push_back(tag);
    next_lapse_ = std::min(next_lapse_, *held.lease_end);
  }
  return out;
}

Holdings::Tag Holdings::oldest_run(const std::function<bool(Tag)>& done) const {
  Tag last = 0;
  for (const auto& [tag, held] : held_) {
    if (!done(tag)) break;
    last = tag;
  }
  return last;
}

}  // namespace flotilla::rabbitmq
