#include "base/clock.hpp"

namespace flotilla {
namespace {

class SystemClock final : public Clock {
 public:
  UnixMs now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace

const Clock& Clock::system() {
  static const SystemClock clock;
  return clock;
}

}  // namespace flotilla
