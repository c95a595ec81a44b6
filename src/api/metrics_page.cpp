#include "api/metrics_page.hpp"

#include "api/client_address.hpp"
#include "auth/secrets.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

/// RFC 6750 section 2.1; empty when there is none.
std::string_view bearer(const http::Request& request) {
  const std::string_view given = request.headers.get("Authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (!iequals(given.substr(0, kScheme.size()), kScheme)) return {};
  return trim(given.substr(kScheme.size()));
}

}  // namespace

http::Response MetricsPage::answer(const http::Request& request) const {
  const MetricsAccess& access = settings_.metrics;
  const std::string_view token = bearer(request);
  const bool knows_token = !access.token.empty() && auth::equal_secrets(token, access.token);
  if (!knows_token && !access.allow.contains(client_address(request, settings_.trusted_proxies))) {
    if (!token.empty()) throw Error(401, "this is not the token of FLOTILLA_METRICS_TOKEN", "INVALID_TOKEN");
    throw Error(403,
                "metrics are not for this address: see FLOTILLA_METRICS_ALLOW and FLOTILLA_METRICS_TOKEN",
                "METRICS_REFUSED");
  }
  http::Response response;
  if (request.method != "GET" && request.method != "HEAD") {
    response.headers.add("Allow", "GET, HEAD");
    response.status = 405;
    response.content_type = {};
    return response;
  }
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.headers.add("Cache-Control", "no-store");
  response.body = registry_.text();
  return response;
}

}  // namespace flotilla::api
