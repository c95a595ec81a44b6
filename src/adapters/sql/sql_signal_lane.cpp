#include "adapters/sql/sql_signal_lane.hpp"

#include <algorithm>

namespace flotilla::sql {

void SignalLane::add(std::shared_ptr<PendingSignal> signal) {
  std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(signal));
}

SignalLane::Batch SignalLane::next() {
  std::lock_guard lock(mutex_);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kBatchMax));
  Batch batch(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

std::shared_ptr<SignalLane> SignalLanes::of(const std::string& channel) {
  std::lock_guard lock(mutex_);
  if (lanes_.size() >= sweep_at_) {
    std::erase_if(lanes_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(64, 2 * lanes_.size());
  }
  std::weak_ptr<SignalLane>& entry = lanes_[channel];
  std::shared_ptr<SignalLane> lane = entry.lock();
  if (!lane) entry = lane = std::make_shared<SignalLane>();
  return lane;
}

}  // namespace flotilla::sql
