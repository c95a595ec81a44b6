#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.hpp"
#include "cluster/time.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::cluster {

/// Parts of an id: `(unix seconds - 1605024000) * 2^21 + worker * 2^16 + sequence`, below 2^53 until the year
/// 2146.
struct Snowflake {
  static constexpr std::int64_t kEpochSeconds = 1605024000;  ///< 2020-11-10T16:00:00Z
  static constexpr int kWorkerMax = 31;
  static constexpr int kSequenceMax = 65535;

  std::int64_t seconds = 0;  ///< unix
  int worker = 0;
  int sequence = 0;

  std::int64_t id() const {
    return ((seconds - kEpochSeconds) << 21) | (std::int64_t{worker} << 16) | sequence;
  }
  static Snowflake parse(std::int64_t id) {
    return {(id >> 21) + kEpochSeconds, static_cast<int>((id >> 16) & 31), static_cast<int>(id & 0xffff)};
  }
};

/// Gives ids that rise strictly and never repeat: not when the clock steps back, not when a second is used up
/// (the next one is borrowed), and, as seconds up to a mark are reserved in lasting storage before they are
/// used, not after a crash and restart within the same second. It makes ids only while it holds a worker id.
/// Thread-safe.
class SnowflakeGenerator {
 public:
  using MonotonicNow = std::function<Monotonic()>;

  /// Holds none yet. `clock` outlives it.
  explicit SnowflakeGenerator(
      const Clock& clock, MonotonicNow now = [] { return std::chrono::steady_clock::now(); });
  /// Holds `worker` for ever. Throws std::invalid_argument for a worker outside 0-31.
  SnowflakeGenerator(int worker, const Clock& clock, std::int64_t reserved_before);

  /// From now on ids are made with `worker`, until the lease ends. `reserved_before`: the mark found in
  /// storage; no second up to it is used. Throws std::invalid_argument for a worker outside 0-31.
  void hold(int worker, std::int64_t reserved_before, Monotonic lease_end);
  /// The lease was prolonged.
  void extend(Monotonic lease_end);
  /// The lease is over: nothing is made until hold() is called again.
  void drop();
  std::optional<int> worker() const;  ///< empty while none is held
  /// Until then ids may be made; in the past, or the beginning of time, while none is held.
  Monotonic lease_end() const;

  /// Throws Error 503 while no worker id is held, and when all reserved seconds are used up.
  std::int64_t next();
  /// Waits, without spinning, until so many ids can be made. Throws Error 503 after kPatience, Error 400 for
  /// more than kBatchMax.
  Task<void> wait_for(std::size_t ids);

  /// The mark to store next so that ids do not run out: kReserveSeconds past the second in use.
  std::int64_t wanted_reservation() const;
  /// The mark is stored: seconds up to it may be used.
  void reserve(std::int64_t until_seconds);
  /// Notified when somebody waits for a reservation.
  Wakeup& thirst() { return thirst_; }

  static constexpr std::int64_t kReserveSeconds = 10;
  static constexpr std::size_t kBatchMax = 500'000;
  static constexpr Millis kPatience{5'000};

 private:
  std::int64_t now_seconds() const;
  bool holds() const;
  std::size_t room() const;

  const Clock& clock_;
  const MonotonicNow monotonic_now_;
  mutable std::mutex mutex_;
  int worker_ = 0;
  Monotonic lease_end_{};
  std::int64_t second_ = 0;  ///< of the last id
  int sequence_ = Snowflake::kSequenceMax;
  std::int64_t reserved_ = 0;
  Wakeup reserved_more_;
  Wakeup thirst_;
};

}  // namespace flotilla::cluster
