#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/chaos/checker.hpp"
#include "ops/chaos/plan.hpp"

namespace flotilla::ops::chaos {

/// What a run has come to.
struct Report {
  /// Requests between the beginning of a fault and that of the next one.
  struct Row {
    std::string name;
    std::string allows;
    std::size_t times = 0;
    std::size_t requests = 0;
    std::size_t failed = 0;
    std::size_t violations = 0;
    std::chrono::milliseconds slowest{};  ///< answer
    std::chrono::milliseconds ready{};  ///< the longest time until all nodes were ready, after it was mended
  };

  std::string fleet;
  std::uint64_t seed = 0;
  std::chrono::seconds took{};
  std::vector<Row>
      rows;  ///< one a fault, in the plan's order; the last one is the time before the first fault
  std::size_t acknowledged = 0;  ///< writes
  std::size_t failed = 0;        ///< requests
  std::size_t jobs = 0;          ///< acknowledged
  std::size_t redelivered = 0;   ///< jobs that came to a node more than once
  std::size_t firings = 0;       ///< of the schedule, which is due every second
  std::vector<Violation> violations;
  std::string left_behind;  ///< what could not be taken away; empty: nothing
  bool interrupted = false;

  bool kept() const { return violations.empty() && left_behind.empty() && !interrupted; }
};

/// Pure. Violations are found by check().
Report summarize(const Plan& plan, std::uint64_t seed, const History& history,
                 std::vector<Violation> violations);

/// A table of faults against outcomes, then what was broken, in lines of text.
std::string as_table(const Report& report);
std::string as_json(const Report& report);

}  // namespace flotilla::ops::chaos
