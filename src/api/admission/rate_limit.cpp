#include "api/admission/rate_limit.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "cluster/unavailable.hpp"

namespace flotilla::api {
namespace {

/// Windows of nodes whose clocks differ a little are still there for all of them.
constexpr std::chrono::milliseconds kKept{5'000};

}  // namespace

Task<bool> RateLimit::count(std::int64_t user_id) {
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  const std::string key = fmt::format("{}:{}", user_id, second);
  try {
    co_return co_await shared_.incr(key, kKept) <= per_second_;
  } catch (const cluster::Unavailable& error) {
    log::debug("requests are not counted for all nodes together", {{"reason", error.what()}});
  }
  co_return co_await spare_.incr(key, kKept) <= per_second_;
}

}  // namespace flotilla::api
