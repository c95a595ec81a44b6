#pragma once

#include <string>

#include "base/metrics/registry.hpp"
#include "base/settings.hpp"
#include "http/message.hpp"

namespace flotilla::api {

/// GET /metrics: what the process measures, in Prometheus' text format 0.0.4. It tells of load and of names
/// of channels, so it is not for everybody: only for the addresses of FLOTILLA_METRICS_ALLOW, found as
/// client_address() does, and for who knows FLOTILLA_METRICS_TOKEN. Thread-safe, waits for nothing.
class MetricsPage {
 public:
  static constexpr std::string_view kPath = "/metrics";

  /// Both outlive it.
  MetricsPage(const Settings& settings, const metrics::Registry& registry)
      : settings_(settings), registry_(registry) {}

  /// Throws Error 401 or 403 for those who may not read it.
  http::Response answer(const http::Request& request) const;

 private:
  const Settings& settings_;
  const metrics::Registry& registry_;
};

}  // namespace flotilla::api
