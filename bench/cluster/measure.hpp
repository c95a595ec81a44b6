#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <vector>

#include "runtime/task_group.hpp"

namespace flotilla::bench {

inline constexpr int kRounds = 3;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The value below which `share` of them are (0.5: the median). There is at least one.
inline double quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

/// Two that are measured in turns, so that what disturbs the machine disturbs both.
struct Pair {
  double raw = 0, ours = 0;  ///< medians of the rounds
  double ratio = 0;          ///< median of the rounds' ratios
};

template <class Raw, class Ours>
Pair in_turns(Raw raw, Ours ours) {
  std::vector<double> raws, own, ratios;
  for (int round = 0; round < kRounds; ++round) {
    raws.push_back(raw());
    own.push_back(ours());
    ratios.push_back(own.back() / raws.back());
  }
  return {quantile(raws, 0.5), quantile(own, 0.5), quantile(ratios, 0.5)};
}

/// Coroutines side by side on one executor. The first exception is thrown by wait().
class Crowd {
 public:
  explicit Crowd(boost::asio::any_io_executor executor) : group_(std::move(executor)) {}
  void add(Task<void> task) { group_.spawn("benchmark", keep(std::move(task))); }
  Task<void> wait() {
    co_await group_.wait();
    if (failure_) std::rethrow_exception(failure_);
  }
  bool failed() const { return failure_ != nullptr; }

 private:
  Task<void> keep(Task<void> task) {
    try {
      co_await std::move(task);
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
    }
  }

  std::exception_ptr failure_;
  TaskGroup group_;
};

}  // namespace flotilla::bench
