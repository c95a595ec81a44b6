#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.hpp"

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
/// used, not after a crash and restart within the same second. Thread-safe.
class SnowflakeGenerator {
 public:
  /// `reserved_before`: the mark found in storage; no second up to it is used again. Throws
  /// std::invalid_argument for a worker outside 0-31.
  SnowflakeGenerator(int worker, const Clock& clock, std::int64_t reserved_before);

  /// Throws Error 503 when all reserved seconds are used up: the keeper could not reserve more.
  std::int64_t next();

  /// The mark to store next so that ids do not run out: kReserveSeconds past the second in use.
  std::int64_t wanted_reservation() const;
  /// The mark is stored: seconds up to it may be used.
  void reserve(std::int64_t until_seconds);

  static constexpr std::int64_t kReserveSeconds = 10;

 private:
  std::int64_t now_seconds() const;

  const int worker_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::int64_t second_;  ///< of the last id
  int sequence_ = -1;
  std::int64_t reserved_ = 0;
};

}  // namespace flotilla::cluster
