#include "base/cluster_mode.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/strings.hpp"

namespace flotilla {

unsigned processes_of(const Environment& environment) {
  const std::string value = lower(trim(environment.text("CLUSTER_MODE")));
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1u, kProcessesMax);
  if (value.empty() || value == "false") return 1;
  if (value == "max") return cores;
  if (value == "-1") return std::max(1u, cores - 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number > kProcessesMax)
    throw SettingError(
        "CLUSTER_MODE", value,
        "max, -1 (all cores but one), or a number of processes from 0 to " + std::to_string(kProcessesMax));
  return std::max(1u, number);
}

}  // namespace flotilla
