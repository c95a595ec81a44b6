#include "api/request_measures.hpp"

#include <algorithm>

#include "base/metrics/counter.hpp"
#include "base/metrics/histogram.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kCount = "flotilla_http_requests_total";
constexpr std::string_view kCountHelp =
    "Requests that were answered, by what they do to data and what they ask.";
constexpr std::string_view kTook = "flotilla_http_request_duration_seconds";
constexpr std::string_view kTookHelp = "From the end of a request's body until its answer was handed over.";

constexpr std::string_view kMethodNames[] = {"read", "write", "other"};
constexpr std::string_view kStatusNames[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};

std::size_t method_class(std::string_view method) {
  if (method == "GET" || method == "HEAD") return 0;
  return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE" ? 1 : 2;
}

}  // namespace

RequestMeasures::RequestMeasures(metrics::Registry& registry)
    : registry_(registry),
      in_flight_(registry.level("flotilla_http_requests_in_flight", "Requests that are being answered.")) {
  registry.describe(metrics::Kind::counter, kCount, kCountHelp);
  registry.describe(metrics::Kind::histogram, kTook, kTookHelp);
}

metrics::Counter& RequestMeasures::counter(ActionKind kind, std::size_t method, std::size_t status) {
  auto& place = series_[static_cast<std::size_t>(kind)].counts[method][status];
  metrics::Counter* known = place.load(std::memory_order_acquire);
  if (known) return *known;
  // Two threads may come here at once: the registry gives both the same.
  metrics::Counter& made = registry_.counter(
      kCount, kCountHelp,
      {{"method", kMethodNames[method]}, {"action", name_of(kind)}, {"status", kStatusNames[status]}});
  place.store(&made, std::memory_order_release);
  return made;
}

metrics::Histogram& RequestMeasures::histogram(ActionKind kind) {
  auto& place = series_[static_cast<std::size_t>(kind)].took;
  metrics::Histogram* known = place.load(std::memory_order_acquire);
  if (known) return *known;
  metrics::Histogram& made = registry_.histogram(kTook, kTookHelp, {{"action", name_of(kind)}});
  place.store(&made, std::memory_order_release);
  return made;
}

void RequestMeasures::answered(const http::Request& request, int status, std::chrono::microseconds took) {
  const bool socket = status == 101;
  const ActionKind kind = socket ? ActionKind::socket : static_cast<ActionKind>(request.kind);
  counter(kind, method_class(request.method), static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1))
      .add();
  if (!socket && kind != ActionKind::refused) histogram(kind).observe(took);
}

}  // namespace flotilla::api
