#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "api/admission/admission.hpp"
#include "base/metrics/registry.hpp"
#include "runtime/event_loops.hpp"
#include "runtime/task.hpp"

namespace flotilla::api {

/// Lets requests pass as Admission decides, one of which there is for each event loop: loops share nothing.
/// Used by coroutines of these loops.
class Gate {
 public:
  struct Options {
    bool enabled = true;
    LimitControl::Duration target{std::chrono::milliseconds(20)};
    std::size_t waiting_max = 1'000;  ///< of all loops together
  };
  /// What requests have waited for inside so far: their number, and the sum.
  struct Waits {
    std::uint64_t count = 0;
    std::chrono::nanoseconds sum{};
  };
  /// Called on the loops, once an interval; must be quick.
  struct Signals {
    std::function<Waits()> inside;
    std::function<std::chrono::nanoseconds(std::size_t loop)> lag;
  };

  Gate(EventLoops& loops, const Options& options, Signals signals, metrics::Registry& registry);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  class Lane;
  /// A request that is being worked on; ends on the loop it began on.
  class Pass {
   public:
    Pass() = default;
    Pass(std::shared_ptr<Lane> lane, const Admission::Running& running);
    Pass(Pass&& other) noexcept = default;
    Pass& operator=(Pass&&) = delete;
    ~Pass();
    explicit operator bool() const { return admitted_; }
    static Pass free();  ///< of a gate that is not watched

   private:
    std::shared_ptr<Lane> lane_;
    Admission::Running running_;
    bool admitted_ = false;
  };

  /// An empty pass: refused, and nothing was done. `flow`: whose request it is; `size`: see Admission::enter.
  Task<Pass> enter(Admission::FlowKey flow, double size);

 private:
  const bool enabled_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  std::unique_ptr<metrics::Registry::Collector> collector_;
};

}  // namespace flotilla::api
