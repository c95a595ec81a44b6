#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "ops/chaos/history.hpp"

namespace flotilla::ops::chaos {

/// A promise that was broken.
struct Violation {
  enum class Kind {
    lost_write,      ///< acknowledged, and not there at the end
    undone_destroy,  ///< acknowledged, and there at the end
    lost_update,     ///< the value at the end is older than the last acknowledged one
    stale_read,      ///< a client did not see what was acknowledged to it before
    unknown_record,  ///< nobody has sent it
    duplicate_id,
    lost_job,         ///< handed over, and without effect
    repeated_job,     ///< took effect more than once
    repeated_firing,  ///< a due time was fired more than once
    not_ready,        ///< answered by a node that said it was not ready
    failed,           ///< a request failed that must not
    wrong_answer,
    broken_fleet,  ///< a command of the plan failed, or a node did not come back
  };
  Kind kind;
  std::string what;                ///< one line
  std::size_t strike = kNoStrike;  ///< the strike during which it happened, when that is known
  static constexpr std::size_t kNoStrike = static_cast<std::size_t>(-1);
};
std::string_view name_of(Violation::Kind kind);

struct CheckLimits {
  /// A node may answer for so long after it was first seen not ready: what it had begun, and what the
  /// balancer sends before it has noticed. And so long before it is seen ready again, because looks have a
  /// period.
  std::chrono::milliseconds not_ready_grace{2'000};
};

/// Looks for broken promises. Knows nothing of how the history came about; `allows` is by fault of the plan.
/// A request that failed may have been done or not: neither is held against the fleet, nor is anything else
/// of that record. Pure.
std::vector<Violation> check(const History& history, const std::vector<Allows>& allows,
                             const CheckLimits& limits = {});

/// The strike to which a moment belongs: the last one that had begun; kNoStrike before the first.
std::size_t strike_at(const History& history, Moment moment);

}  // namespace flotilla::ops::chaos
