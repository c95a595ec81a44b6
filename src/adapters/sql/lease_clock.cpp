#include "adapters/sql/lease_clock.hpp"

namespace flotilla::sql {
namespace {

class LeaseClock final : public Clock {
 public:
  UnixMs now() const override {
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return UnixMs(std::chrono::floor<std::chrono::milliseconds>(since_boot));
  }
};

}  // namespace

const Clock& lease_clock() {
  static const LeaseClock clock;
  return clock;
}

}  // namespace flotilla::sql
