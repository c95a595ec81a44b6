#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/time.hpp"

namespace flotilla::cluster {

/// Equal texts within a window become one, after the last of them. Pure: it is told the time.
class Debouncer {
 public:
  explicit Debouncer(Millis window) : window_(window) {}

  void add(std::string text, Monotonic now) { due_[std::move(text)] = now + window_; }
  /// What is due now, taken out; the longest due first.
  std::vector<std::string> take(Monotonic now);
  std::optional<Monotonic> next() const;
  void clear() { due_.clear(); }

 private:
  Millis window_;
  std::map<std::string, Monotonic> due_;
};

}  // namespace flotilla::cluster
