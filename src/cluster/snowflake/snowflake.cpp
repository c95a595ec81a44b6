#include "cluster/snowflake/snowflake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/error.hpp"

namespace flotilla::cluster {

SnowflakeGenerator::SnowflakeGenerator(const Clock& clock, MonotonicNow now)
    : clock_(clock), monotonic_now_(std::move(now)) {}

SnowflakeGenerator::SnowflakeGenerator(int worker, const Clock& clock, std::int64_t reserved_before)
    : SnowflakeGenerator(clock) {
  hold(worker, reserved_before, Monotonic::max());
}

void SnowflakeGenerator::hold(int worker, std::int64_t reserved_before, Monotonic lease_end) {
  if (worker < 0 || worker > Snowflake::kWorkerMax)
    throw std::invalid_argument("workerId must be between 0 and 31");
  std::lock_guard lock(mutex_);
  worker_ = worker;
  lease_end_ = lease_end;
  // The mark itself may have been used up to its last sequence number. Ids of this node go on rising when it
  // gets another worker id.
  second_ = std::max(second_, reserved_before);
  sequence_ = Snowflake::kSequenceMax;
  reserved_ = reserved_before;
}

void SnowflakeGenerator::extend(Monotonic lease_end) {
  std::lock_guard lock(mutex_);
  lease_end_ = std::max(lease_end_, lease_end);
}

void SnowflakeGenerator::drop() {
  std::lock_guard lock(mutex_);
  lease_end_ = Monotonic{};
  reserved_ = 0;
}

std::optional<int> SnowflakeGenerator::worker() const {
  std::lock_guard lock(mutex_);
  if (!holds()) return std::nullopt;
  return worker_;
}

Monotonic SnowflakeGenerator::lease_end() const {
  std::lock_guard lock(mutex_);
  return lease_end_;
}

bool SnowflakeGenerator::holds() const {
  return lease_end_ == Monotonic::max() || monotonic_now_() < lease_end_;
}

std::int64_t SnowflakeGenerator::now_seconds() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
}

std::int64_t SnowflakeGenerator::next() {
  std::lock_guard lock(mutex_);
  if (!holds()) throw Error(503, "ids cannot be made now: this node holds no worker id", "NO_WORKER_ID");
  // A clock that has jumped past the reservation does not stop us: earlier seconds are still ours.
  const std::int64_t now = std::min(now_seconds(), reserved_);
  std::int64_t second = second_;
  int sequence = sequence_ + 1;
  if (now > second) {
    second = now;
    sequence = 0;
  } else if (sequence > Snowflake::kSequenceMax) {
    ++second;
    sequence = 0;
  }
  if (second > reserved_)
    throw Error(503, "ids cannot be made now: no reserved seconds are left", "IDS_EXHAUSTED");
  second_ = second;
  sequence_ = sequence;
  return Snowflake{second, worker_, sequence}.id();
}

/// Under the lock.
std::size_t SnowflakeGenerator::room() const {
  if (!holds() || reserved_ < second_) return 0;
  const auto seconds =
      static_cast<std::size_t>(reserved_ - std::max(second_, std::min(now_seconds(), reserved_)));
  return seconds * (Snowflake::kSequenceMax + 1) +
         static_cast<std::size_t>(Snowflake::kSequenceMax - sequence_);
}

Task<void> SnowflakeGenerator::wait_for(std::size_t ids) {
  if (ids > kBatchMax) throw bad_request(fmt::format("at most {} ids at once, got {}", kBatchMax, ids));
  const Monotonic deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const Wakeup::Version seen = reserved_more_.version();
    {
      std::lock_guard lock(mutex_);
      if (room() >= ids) co_return;
    }
    const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
    if (left <= Millis{0})
      throw Error(503, "ids cannot be made now: no seconds could be reserved in time", "IDS_EXHAUSTED");
    thirst_.notify();
    co_await reserved_more_.wait(seen, left);
  }
}

std::int64_t SnowflakeGenerator::wanted_reservation() const {
  std::lock_guard lock(mutex_);
  return std::max(now_seconds(), second_) + kReserveSeconds;
}

void SnowflakeGenerator::reserve(std::int64_t until_seconds) {
  {
    std::lock_guard lock(mutex_);
    reserved_ = std::max(reserved_, until_seconds);
  }
  reserved_more_.notify();
}

}  // namespace flotilla::cluster
