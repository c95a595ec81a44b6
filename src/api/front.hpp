#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "api/metrics_page.hpp"
#include "api/pipeline.hpp"
#include "api/request_measures.hpp"
#include "http/static_files.hpp"

namespace flotilla::api {

/// What the process says of itself to probes.
struct Health {
  std::atomic<bool> started{false};   ///< installation and migrations are done
  std::atomic<bool> draining{false};  ///< going down: no new work should come here
  /// What keeps the node from working; empty while nothing does. Set before the first request, then called on
  /// any thread; it does not block.
  std::function<std::optional<std::string>()> ailment = {};
};

/// The front door: probes, the landing page, uploaded files, and everything below API_BASE_PATH. Thread-safe.
///
///   GET /startupz   200 once the application has started
///   GET /livez      200 while event loops turn
///   GET /metrics    see MetricsPage
///   GET /readyz     200 when started, not draining, and nothing ails the node
///   GET <public>storage/uploads/…   a file below <storage>/uploads, sandboxed; what a browser would run is
///   an attachment GET <api>/__health_check   200 `ok` when running, as NocoBase answers it
///
/// A request that carries the header X-Flotilla-Node is told in the same header which node has answered it.
class Front {
 public:
  Front(const Services& services, const Pipeline& pipeline, const Health& health, BlockingPool& files,
        metrics::Registry& registry);

  Task<http::Response> answer(http::Request& request);
  RequestMeasures& measures() { return measures_; }

 private:
  Task<http::Response> route(http::Request& request);
  Task<http::Response> answer_api(http::Request& request) const;
  http::Response probe(const http::Request& request) const;
  http::Response readiness() const;
  http::Response landing_page(const http::Request& request) const;
  Task<http::Response> upload(const http::Request& request, std::string_view below) const;

  const Services& services_;
  const Pipeline& pipeline_;
  const Health& health_;
  std::string uploads_path_;
  http::StaticFiles uploads_;
  const MetricsPage metrics_page_;
  RequestMeasures measures_;
};

}  // namespace flotilla::api
