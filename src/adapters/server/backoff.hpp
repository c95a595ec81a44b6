#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>

#include "base/random.hpp"

namespace flotilla::server {

/// Pauses between attempts to connect: they double up to a second, and a random part of up to a half is
/// left out, so that the nodes of a fleet do not come back in step.
class Backoff {
 public:
  std::chrono::milliseconds pause() {
    std::uint8_t byte = 0;
    Random::system().fill(std::span(&byte, 1));
    const auto whole = next_;
    next_ = std::min(next_ * 2, kMax);
    return whole - whole * byte / 512;
  }
  void reset() { next_ = kFirst; }

 private:
  static constexpr std::chrono::milliseconds kFirst{50}, kMax{1'000};
  std::chrono::milliseconds next_ = kFirst;
};

}  // namespace flotilla::server
