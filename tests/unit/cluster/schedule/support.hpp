#pragma once

#include <date/date.h>

#include <atomic>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cluster/schedule/cron.hpp"
#include "cluster/time.hpp"

namespace flotilla::cluster::test {

/// The instant of "2024-02-29 12:00:00", which is in UTC; seconds may have a fraction.
inline UnixMs utc(const std::string& text) {
  std::istringstream in(text);
  UnixMs out;
  in >> date::parse("%F %T", out);
  if (!in) throw std::invalid_argument("no time: " + text);
  return out;
}

inline std::string text_of(UnixMs time) {
  return date::format("%F %T", date::floor<std::chrono::seconds>(time));
}

/// The first `count` due times after `from`, in UTC.
inline std::vector<std::string> dues(const Cron& cron, const std::string& from, std::size_t count) {
  std::vector<std::string> out;
  UnixMs at = utc(from);
  while (out.size() < count) {
    const std::optional<UnixMs> next = cron.next(at);
    if (!next) break;
    out.push_back(text_of(*next));
    at = *next;
  }
  return out;
}

/// A clock that moves only when it is told to.
class HandClock final : public Clock {
 public:
  explicit HandClock(UnixMs now) : now_(now.time_since_epoch().count()) {}
  UnixMs now() const override { return UnixMs(Millis(now_.load())); }
  void set(UnixMs now) { now_ = now.time_since_epoch().count(); }
  void advance(Millis by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace flotilla::cluster::test
