#include "cluster/snowflake/snowflake.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/error.hpp"

namespace flotilla::cluster {

SnowflakeGenerator::SnowflakeGenerator(int worker, const Clock& clock, std::int64_t reserved_before)
    : worker_(worker), clock_(clock), second_(reserved_before) {
  if (worker < 0 || worker > Snowflake::kWorkerMax)
    throw std::invalid_argument("workerId must be between 0 and 31");
  // The mark itself may have been used up to its last sequence number.
  sequence_ = Snowflake::kSequenceMax;
}

std::int64_t SnowflakeGenerator::now_seconds() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
}

std::int64_t SnowflakeGenerator::next() {
  std::lock_guard lock(mutex_);
  const std::int64_t now = now_seconds();
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

std::int64_t SnowflakeGenerator::wanted_reservation() const {
  std::lock_guard lock(mutex_);
  return std::max(now_seconds(), second_) + kReserveSeconds;
}

void SnowflakeGenerator::reserve(std::int64_t until_seconds) {
  std::lock_guard lock(mutex_);
  reserved_ = std::max(reserved_, until_seconds);
}

}  // namespace flotilla::cluster
