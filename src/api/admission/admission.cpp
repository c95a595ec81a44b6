#include "api/admission/admission.hpp"

#include <algorithm>

namespace flotilla::api {

namespace {

/// Of a place, for one flow: a fourth stays for others.
constexpr int kCapNumerator = 3, kCapDenominator = 4;
constexpr int kUsualWeight = 64;
/// What one request may look like at the most before it has shown how long it takes.
constexpr double kSizeMax = 100;

}  // namespace

int Admission::cap() const { return std::max(1, control_.limit() * kCapNumerator / kCapDenominator); }

Admission::Duration Admission::patience(Time now) const {
  const bool standing = now - empty_at_ > options_.interval;
  return standing ? std::max(options_.limit.target, usual_) : std::max(options_.interval, usual_);
}

Admission::Running Admission::start(FlowKey flow, Duration charge, Time now) {
  ++running_of(flow);
  most_ = std::max(most_, ++running_);
  return {flow, now, charge};
}

Admission::Entered Admission::enter(FlowKey flow, double size, Time now) {
  if (waiting_ == 0) {
    empty_at_ = now;
    if (running_ < control_.limit() && running_of(flow) < cap())
      return {.verdict = Verdict::begin, .running = start(flow, Duration{}, now)};
  }
  wanted_ = true;
  Entered out{.verdict = Verdict::wait};
  if (waiting_ >= options_.waiting_max && !give_up_one(flow, out.given_up)) {
    out.verdict = Verdict::refuse;
    return out;
  }
  const auto charge = std::chrono::duration_cast<Duration>(usual_ * std::clamp(size, 1.0, kSizeMax));
  Flow& line = flows_[flow];
  // Who has been away begins with the others, not with what it has left unused.
  if (line.line.empty()) line.had = std::max(line.had, virtual_time_);
  out.ticket = ++tickets_;
  line.line.push_back({out.ticket, now, charge});
  ++waiting_;
  return out;
}

/// The newest of the longest line makes room, unless the newcomer's would be the longest.
bool Admission::give_up_one(FlowKey newcomer, std::vector<Ticket>& given_up) {
  auto longest =
      std::ranges::max_element(flows_, {}, [](const auto& flow) { return flow.second.line.size(); });
  if (longest == flows_.end() || longest->first == newcomer) return false;
  const auto own = flows_.find(newcomer);
  if (own != flows_.end() && own->second.line.size() + 1 >= longest->second.line.size()) return false;
  given_up.push_back(longest->second.line.back().ticket);
  longest->second.line.pop_back();
  --waiting_;
  drop_empty(longest);
  return true;
}

void Admission::drop_empty(Flows::iterator flow) {
  if (flow->second.line.empty() && flow->second.had <= virtual_time_) flows_.erase(flow);
}

void Admission::leave(const Running& running, Time now) {
  --running_of(running.flow);
  --running_;
  const Duration took = std::max(Duration{}, std::chrono::duration_cast<Duration>(now - running.began));
  usual_ += (took - usual_) / kUsualWeight;
  // What was charged before was a guess.
  if (running.charged == Duration{}) return;
  if (const auto flow = flows_.find(running.flow); flow != flows_.end())
    flow->second.had += took - running.charged;
}

Admission::Flows::iterator Admission::next_flow() {
  auto best = flows_.end();
  const int most = cap();
  for (auto flow = flows_.begin(); flow != flows_.end(); ++flow) {
    if (flow->second.line.empty() || running_of(flow->first) >= most) continue;
    if (best == flows_.end() || flow->second.had < best->second.had) best = flow;
  }
  return best;
}

std::vector<Admission::Begun> Admission::begin_next(Time now) {
  std::vector<Begun> out;
  while (waiting_ > 0 && running_ < control_.limit()) {
    const auto flow = next_flow();
    if (flow == flows_.end()) break;
    const Waiter waiter = flow->second.line.front();
    flow->second.line.pop_front();
    --waiting_;
    virtual_time_ = std::max(virtual_time_, flow->second.had);
    flow->second.had += waiter.charge;
    out.push_back({waiter.ticket, start(flow->first, waiter.charge, now),
                   std::chrono::duration_cast<Duration>(now - waiter.since)});
  }
  if (waiting_ == 0) empty_at_ = now;
  return out;
}

std::vector<Admission::Ticket> Admission::expire(Time now) {
  std::vector<Ticket> out;
  const Duration longest = patience(now);
  for (auto at = flows_.begin(); at != flows_.end();) {
    const auto flow = at++;
    std::deque<Waiter>& line = flow->second.line;
    while (!line.empty() && now - line.front().since > longest) {
      out.push_back(line.front().ticket);
      line.pop_front();
      --waiting_;
    }
    drop_empty(flow);
  }
  return out;
}

void Admission::forget(Ticket ticket) {
  for (auto flow = flows_.begin(); flow != flows_.end(); ++flow) {
    const auto removed =
        std::erase_if(flow->second.line, [&](const Waiter& one) { return one.ticket == ticket; });
    if (removed == 0) continue;
    --waiting_;
    return drop_empty(flow);
  }
}

void Admission::adapt(Duration delay, Time now) {
  control_.update(delay, most_, wanted_);
  adapted_at_ = now;
  most_ = running_;
  wanted_ = waiting_ > 0;
  // With nobody in line there is nobody to be fair to.
  if (waiting_ == 0) flows_.clear();
}

}  // namespace flotilla::api
