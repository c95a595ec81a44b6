#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace flotilla::ops {

/// What one look at the machine found. Shows no secret.
struct CheckResult {
  enum class State {
    ok,
    warning,  ///< works, but should be looked at
    failed,   ///< the server would not start, or not work
  };

  std::string name;  ///< of the thing looked at: `storage`, `port`
  State state;
  std::string detail;  ///< one line: what was found, and what to do about it
};

using Check = std::function<CheckResult()>;

std::string_view state_name(CheckResult::State state);

/// True when nothing failed; warnings do not count.
bool healthy(const std::vector<CheckResult>& results);

/// Lines of `state  name  detail` in columns.
std::string as_table(const std::vector<CheckResult>& results);
/// `{"healthy":true,"checks":[{"name","state","detail"}]}`
std::string as_json(const std::vector<CheckResult>& results);

}  // namespace flotilla::ops
