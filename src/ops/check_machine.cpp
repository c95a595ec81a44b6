#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/timex.h>

#include "ops/doctor.hpp"

namespace flotilla::ops {
namespace {

using State = CheckResult::State;

// Besides connections: databases, logs, event loops, files being served.
constexpr rlim_t kOtherFiles = 256;

}  // namespace

CheckResult check_clock(const Clock& clock) {
  using namespace std::chrono;
  // Ids and tokens carry the time: a clock that stands years off makes both worthless.
  constexpr sys_days kEarliest = 2025y / January / 1;
  constexpr sys_days kLatest = 2100y / January / 1;
  auto now = floor<seconds>(clock.now());
  std::string text = fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(system_clock::to_time_t(now)));
  if (now < kEarliest || now > kLatest)
    return {"clock", State::failed, text + " cannot be right; set the machine's clock"};
  timex state{};
  if (::adjtimex(&state) == TIME_ERROR && (state.status & STA_UNSYNC) != 0)
    return {"clock", State::warning, text + "; the kernel says that no time service keeps it right"};
  return {"clock", State::ok, text};
}

CheckResult check_open_files(const Settings& settings) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  rlim_t wanted = settings.http.connections_max + kOtherFiles;
  std::string detail =
      fmt::format("limit {}, {} connections may be open", limit.rlim_cur, settings.http.connections_max);
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted) return {"open files", State::ok, detail};
  return {"open files", State::warning,
          fmt::format("{}; raise the limit to {} or lower FLOTILLA_HTTP_CONNECTIONS_MAX", detail, wanted)};
}

}  // namespace flotilla::ops
