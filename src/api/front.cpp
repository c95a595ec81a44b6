#include "api/front.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/envelope.hpp"
#include "base/error.hpp"
#include "base/metrics/counter.hpp"
#include "base/strings.hpp"
#include "base/version.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::api {

std::string_view asset(std::string_view name);  // generated from assets/

namespace {

constexpr const char* kNodeHeader = "X-Flotilla-Node";
void mark(http::Request& request, ActionKind kind) { request.kind = static_cast<std::uint8_t>(kind); }

http::Response plain(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  response.compress = false;
  response.headers.add("Cache-Control", "no-store");
  return response;
}

bool runs_in_browser(std::string_view file) {
  static constexpr std::string_view kExtensions[] = {".htm", ".html",  ".pdf", ".svg", ".svgz",
                                                     ".xht", ".xhtml", ".xml", ".xsl", ".xslt"};
  const std::string name = lower(file);
  return std::ranges::any_of(kExtensions,
                             [&](std::string_view extension) { return name.ends_with(extension); });
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// Host header as it may stand in a page: anything but a plain authority is left out.
std::string safe_authority(std::string_view host) {
  for (char c : host) {
    if (!(std::isalnum(static_cast<unsigned char>(c)) || std::string_view(".-:[]").contains(c)))
      return "localhost";
  }
  return host.empty() || host.size() > 255 ? "localhost" : std::string(host);
}

}  // namespace

Front::Front(const Services& services, const Pipeline& pipeline, const Health& health, BlockingPool& files,
             metrics::Registry& registry)
    : services_(services),
      pipeline_(pipeline),
      health_(health),
      uploads_path_(services.settings.public_path + "storage/uploads/"),
      uploads_(services.settings.storage / "uploads", files),
      metrics_page_(services.settings, registry),
      measures_(registry) {}

/// Uploads come from people: nothing in them may run in this origin.
Task<http::Response> Front::upload(const http::Request& request, std::string_view below) const {
  http::Response response = co_await uploads_.serve(request, std::string(below));
  response.headers.set("Content-Security-Policy", "sandbox");
  response.headers.set("X-Content-Type-Options", "nosniff");
  if (runs_in_browser(below) || request.query.contains("download=1"))
    response.headers.set("Content-Disposition", "attachment");
  co_return response;
}

http::Response Front::readiness() const {
  if (health_.draining) return plain(503, "draining\n");
  if (!health_.started) return plain(503, "starting\n");
  if (health_.ailment) {
    if (const std::optional<std::string> ailment = health_.ailment()) return plain(503, *ailment + "\n");
  }
  return plain(200, "ready\n");
}

http::Response Front::probe(const http::Request& request) const {
  if (request.path == "/livez") return plain(200, "live\n");
  if (request.path == "/startupz")
    return health_.started ? plain(200, "started\n") : plain(503, "starting\n");
  return readiness();
}

http::Response Front::landing_page(const http::Request& request) const {
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.add(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.body = asset("index.html");
  std::string_view proto = request.headers.get("X-Forwarded-Proto") == "https" ? "https" : "http";
  replace_all(response.body, "{{version}}", version());
  replace_all(response.body, "{{api}}", services_.settings.api_base_path);
  replace_all(response.body, "{{origin}}",
              fmt::format("{}://{}", proto, safe_authority(request.headers.get("Host"))));
  return response;
}

Task<http::Response> Front::answer_api(http::Request& request) const {
  mark(request, ActionKind::other);
  if (!health_.started) co_return gateway_response(app_state_error("starting", "main"));
  if (!services_.settings.worker_mode.serves_requests())
    throw Error(503,
                "this node serves no requests (WORKER_MODE=" + services_.settings.worker_mode.text() + ")",
                "NOT_SERVING");
  co_return co_await pipeline_.run(request);
}

Task<http::Response> Front::answer(http::Request& request) {
  http::Response response = co_await route(request);
  if (request.headers.has(kNodeHeader)) response.headers.set(kNodeHeader, services_.node);
  co_return response;
}

Task<http::Response> Front::route(http::Request& request) {
  mark(request, ActionKind::probe);
  if (request.path.ends_with("/__health_check")) {
    if (health_.started && !health_.draining) co_return plain(200, "ok");
    co_return gateway_response(app_state_error(health_.draining ? "stopped" : "starting", "main"));
  }
  if (request.path == "/livez" || request.path == "/readyz" || request.path == "/startupz")
    co_return probe(request);
  if (request.path == MetricsPage::kPath) {
    mark(request, ActionKind::metrics);
    co_return metrics_page_.answer(request);
  }
  const metrics::Level::Hold in_flight(measures_.in_flight());
  if (request.path.starts_with(uploads_path_)) {
    mark(request, ActionKind::upload);
    co_return co_await upload(request, request.path.substr(uploads_path_.size()));
  }
  if (request.path.starts_with(services_.settings.api_base_path)) co_return co_await answer_api(request);
  mark(request, ActionKind::page);
  if (request.method != "GET" && request.method != "HEAD") co_return not_found_response();
  // Every other path is a page of the client, which routes by itself.
  co_return landing_page(request);
}

}  // namespace flotilla::api
