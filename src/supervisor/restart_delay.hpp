#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace flotilla::supervisor {

/// How long to wait before a node that failed `failures` times in a row is started again: twice as long each
/// time, up to `max`. `chance` in [0, 1) takes up to a quarter off, so that nodes that fail together do not
/// come back together.
inline std::chrono::milliseconds restart_delay(int failures, double chance, std::chrono::milliseconds min,
                                               std::chrono::milliseconds max) {
  constexpr int kDoublingsMax = 20;
  const auto whole = std::min<std::chrono::milliseconds>(
      max, min * (std::int64_t{1} << std::clamp(failures - 1, 0, kDoublingsMax)));
  return std::chrono::milliseconds(static_cast<long long>(whole.count() * (1 - chance / 4)));
}

}  // namespace flotilla::supervisor
