#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "data/sql/database.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::app {

/// Asks the main database twice a second whether it still answers, so that a probe of the node never waits
/// for it. Thread-safe.
class DatabaseWatch {
 public:
  using Clock = std::chrono::steady_clock;
  /// An answer that is not there after this is as good as none: the server may be paused or cut off.
  static constexpr std::chrono::milliseconds kPatience{2'000};

  /// `database` outlives it.
  explicit DatabaseWatch(data::Database& database) : database_(database) {}

  /// Asks until `stopping`; run it once, as a task.
  Task<void> run(Cancellation stopping);
  /// Why the database cannot be used, or nothing.
  std::optional<std::string> ailment() const;

 private:
  Task<void> ask();

  data::Database& database_;
  mutable std::mutex mutex_;
  std::optional<Clock::time_point> asked_;  ///< and not answered yet
  std::optional<std::string> refused_;      ///< what the last answer said
};

}  // namespace flotilla::app
