#pragma once

#include <chrono>
#include <thread>

namespace flotilla::contract {

/// Waits for a condition; false when it did not come true in time.
template <class Condition>
bool until(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace flotilla::contract
