#include "cluster/queue/attempts.hpp"

#include <utility>

namespace flotilla::cluster {

Attempts::Id Attempts::begin(Delivery delivery, Monotonic now) {
  const Id id = next_++;
  const Monotonic late_at = now + delivery.message.options.timeout;
  running_.emplace(id, Running{std::move(delivery), {}, late_at});
  deadlines_.emplace(late_at, id);
  return id;
}

std::optional<Attempts::Running> Attempts::end(Id id) {
  const auto found = running_.find(id);
  Running ended = std::move(found->second);
  running_.erase(found);
  auto [first, last] = deadlines_.equal_range(ended.late_at);
  for (auto at = first; at != last; ++at) {
    if (at->second != id) continue;
    deadlines_.erase(at);
    break;
  }
  if (ended.lost) return std::nullopt;
  return ended;
}

std::vector<Cancellation> Attempts::late(Monotonic now) {
  std::vector<Cancellation> out;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Running& attempt = running_.at(deadlines_.begin()->second);
    attempt.late = true;
    out.push_back(attempt.cancel);
    deadlines_.erase(deadlines_.begin());
  }
  return out;
}

std::optional<Monotonic> Attempts::next_late() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

std::vector<std::pair<Attempts::Id, std::string>> Attempts::to_renew(Monotonic now) const {
  std::vector<std::pair<Id, std::string>> out;
  for (const auto& [id, attempt] : running_) {
    if (!attempt.lost && now < attempt.late_at + kStuckAfter) out.emplace_back(id, attempt.delivery.receipt);
  }
  return out;
}

std::optional<Cancellation> Attempts::lose(Id id) {
  const auto found = running_.find(id);
  if (found == running_.end() || std::exchange(found->second.lost, true)) return std::nullopt;
  return found->second.cancel;
}

std::vector<Cancellation> Attempts::all() const {
  std::vector<Cancellation> out;
  for (const auto& [id, attempt] : running_) out.push_back(attempt.cancel);
  return out;
}

}  // namespace flotilla::cluster
