#include "adapters/memory/memory_signal_log.hpp"

namespace flotilla::memory {

namespace {

// The log lives as long as the process whose memory it is: one history.
constexpr const char* kEpoch = "process";

}  // namespace

using cluster::Signal;
using cluster::SignalBatch;
using cluster::SignalPosition;

Task<SignalPosition> MemorySignalLog::append(std::string channel, std::string body) {
  SignalPosition position{kEpoch, 0};
  {
    std::lock_guard lock(mutex_);
    Channel& place = channels_[channel];
    position.number = ++place.last;
    place.kept.push_back({position, std::move(body)});
    if (place.kept.size() > keep_) place.kept.pop_front();
  }
  appended_.notify();
  co_return position;
}

Task<SignalPosition> MemorySignalLog::newest(std::string channel) {
  std::lock_guard lock(mutex_);
  const auto found = channels_.find(channel);
  co_return SignalPosition{kEpoch, found == channels_.end() ? 0 : found->second.last};
}

Task<std::vector<SignalBatch>> MemorySignalLog::read(std::vector<Cursor> cursors, cluster::Millis wait) {
  const Wakeup::Version seen = appended_.version();
  std::vector<SignalBatch> batches = collect(cursors);
  if (!batches.empty()) co_return batches;
  co_await appended_.wait(seen, wait);
  co_return collect(cursors);
}

std::vector<SignalBatch> MemorySignalLog::collect(const std::vector<Cursor>& cursors) const {
  std::vector<SignalBatch> out;
  std::lock_guard lock(mutex_);
  for (const Cursor& cursor : cursors) {
    const auto found = channels_.find(cursor.channel);
    const std::uint64_t last = found == channels_.end() ? 0 : found->second.last;
    if (cursor.after == SignalPosition{kEpoch, last}) continue;
    SignalBatch batch{cursor.channel, {}, {kEpoch, last}};
    if (found != channels_.end()) {
      for (const Signal& signal : found->second.kept) {
        if (signal.position.number > cursor.after.number || cursor.after.epoch != kEpoch)
          batch.signals.push_back(signal);
      }
    }
    out.push_back(std::move(batch));
  }
  return out;
}

}  // namespace flotilla::memory
