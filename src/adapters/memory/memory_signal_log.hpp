#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "cluster/signal/signal_log.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::memory {

/// Signals of this process; the newest `keep` of each channel. Thread-safe; never throws Unavailable.
class MemorySignalLog final : public cluster::SignalLog {
 public:
  static constexpr std::size_t kKeep = 10'000;

  explicit MemorySignalLog(std::size_t keep = kKeep) : keep_(keep) {}

  Task<cluster::SignalPosition> append(std::string channel, std::string body) override;
  Task<cluster::SignalPosition> newest(std::string channel) override;
  Task<std::vector<cluster::SignalBatch>> read(std::vector<Cursor> cursors, cluster::Millis wait) override;

 private:
  struct Channel {
    std::uint64_t last = 0;
    std::deque<cluster::Signal> kept;
  };
  std::vector<cluster::SignalBatch> collect(const std::vector<Cursor>& cursors) const;

  const std::size_t keep_;
  mutable std::mutex mutex_;
  std::map<std::string, Channel> channels_;
  Wakeup appended_;
};

}  // namespace flotilla::memory
