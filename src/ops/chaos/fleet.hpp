#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "ops/chaos/history.hpp"
#include "ops/chaos/http_client.hpp"
#include "ops/chaos/plan.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::ops::chaos {

/// What a run makes in the fleet, and takes away at its end; it touches nothing else.
struct Ground {
  std::array<std::string, 2> collections;  ///< two: one table would keep its own ids apart
  std::string drill;
  static Ground named_by(Random& random);
};

/// The fleet as its operator sees it: what has to be there before the load, and what is there after it. Goes
/// through the balancer, and is patient. Throws Error 502 with what the fleet has said. Used by one coroutine
/// at a time.
class Fleet {
 public:
  Fleet(const Plan& plan, Ground ground);

  Task<void> sign_in(std::string account, std::string password);
  /// Empty, or why it must not be broken: a node is not ready, or is not in the plan.
  Task<std::string> why_not();
  Task<void> set_up(std::chrono::seconds longest);
  /// Waits for jobs to take effect, then reads all that is there.
  Task<void> collect(History& history, const Cancellation& stop);
  /// Answers what could not be taken away; empty: nothing is left.
  Task<std::string> clean_up();

  const std::string& token() const { return token_; }
  const Ground& ground() const { return ground_; }

 private:
  /// Until it is answered with 2xx, within the plan's ready_within; a failure that is not of the moment is
  /// thrown at once.
  Task<Answer> ask(std::string method, std::string path, Json body = nullptr);
  Task<void> read_jobs(History& history);
  Task<void> read_records(History& history, const std::string& collection);

  const Plan& plan_;
  const Ground ground_;
  HttpClient client_;
  Cancellation never_;
  std::string token_;
};

}  // namespace flotilla::ops::chaos
