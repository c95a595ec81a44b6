#pragma once

#include <chrono>

#include "runtime/task.hpp"

namespace flotilla {

/// Sleeps for a random time between the two, so that those who have just met do not meet again.
Task<void> random_pause(std::chrono::milliseconds shortest, std::chrono::milliseconds longest);

}  // namespace flotilla
