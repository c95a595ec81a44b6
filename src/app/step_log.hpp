#pragma once

#include <chrono>
#include <string_view>

#include "base/log.hpp"

namespace flotilla::app {

/// The steps of an ending, each logged with how long it took.
class StepLog {
 public:
  void done(std::string_view step, log::Fields more = {}) {
    using namespace std::chrono;
    const auto now = steady_clock::now();
    const auto ms = duration_cast<milliseconds>(now - since_).count();
    since_ = now;
    if (more.size() == 0) return log::info("stopping", {{"step", step}, {"ms", ms}});
    log::info("stopping", {{"step", step}, {"ms", ms}, *more.begin()});
  }

 private:
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace flotilla::app
