#pragma once

#include <array>
#include <atomic>
#include <chrono>

#include "api/action_kind.hpp"
#include "base/metrics/registry.hpp"
#include "http/message.hpp"

namespace flotilla::api {

/// Counts requests by method, kind of action and class of status, and how long they took. Thread-safe; an
/// answer costs a few relaxed atomic adds.
class RequestMeasures {
 public:
  explicit RequestMeasures(metrics::Registry& registry);

  /// A request was answered; status 101: a WebSocket ended, of which the time is not told.
  void answered(const http::Request& request, int status, std::chrono::microseconds took);
  metrics::Level& in_flight() { return in_flight_; }

 private:
  static constexpr std::size_t kMethods = 3, kStatuses = 5;
  struct Series {
    std::array<std::array<std::atomic<metrics::Counter*>, kStatuses>, kMethods> counts{};
    std::atomic<metrics::Histogram*> took{};
  };
  metrics::Counter& counter(ActionKind kind, std::size_t method, std::size_t status);
  metrics::Histogram& histogram(ActionKind kind);

  metrics::Registry& registry_;
  metrics::Level& in_flight_;
  std::array<Series, kActionKinds> series_{};  ///< made when they are first used
};

}  // namespace flotilla::api
