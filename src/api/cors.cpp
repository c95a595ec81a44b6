#include "api/cors.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "http/message.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kMethods = "GET,HEAD,PUT,POST,DELETE,PATCH";
constexpr std::string_view kExposed = "content-disposition,x-new-token";

std::string_view first_of_list(std::string_view value) { return trim(value.substr(0, value.find(','))); }

/// `scheme://host[:port]` in lower case without the scheme's default port; empty when it is no web origin.
std::string normal_origin(std::string_view text) {
  std::size_t scheme_end = text.find("://");
  if (scheme_end == text.npos || scheme_end == 0) return {};
  std::string scheme = lower(text.substr(0, scheme_end));
  std::string_view rest = text.substr(scheme_end + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (std::size_t at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
  if (scheme == "http" && authority.ends_with(":80")) authority.remove_suffix(3);
  if (scheme == "https" && authority.ends_with(":443")) authority.remove_suffix(4);
  if (authority.empty()) return {};
  return scheme + "://" + lower(authority);
}

std::string own_origin(const http::Headers& request, std::string_view scheme) {
  std::string_view forwarded_scheme = first_of_list(request.get("X-Forwarded-Proto"));
  std::string_view host = first_of_list(request.get("X-Forwarded-Host"));
  if (host.empty()) host = request.get("Host");
  if (!forwarded_scheme.empty()) scheme = forwarded_scheme;
  return host.empty() ? std::string{} : normal_origin(std::string(scheme) + "://" + std::string(host));
}

bool same_origin(std::string_view origin, const http::Headers& request, std::string_view scheme) {
  std::string theirs = normal_origin(origin);
  return !theirs.empty() && theirs == own_origin(request, scheme);
}

/// What is echoed goes into a header of the answer.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

CorsPolicy::CorsPolicy(std::string_view whitelist) {
  for (const std::string& item : split(whitelist, ',')) {
    if (std::string_view origin = trim(item); !origin.empty()) whitelist_.emplace_back(origin);
  }
}

bool CorsPolicy::lists(std::string_view origin) const {
  return std::ranges::find(whitelist_, origin) != whitelist_.end();
}

bool CorsPolicy::allows(std::string_view origin) const { return lists(origin) || lists("*"); }

CorsAnswer decide_cors(const CorsPolicy& policy, std::string_view method, const http::Headers& request,
                       std::string_view scheme) {
  CorsAnswer answer;
  // On every answer, or a shared cache could hand one site's answer to another.
  answer.headers.emplace_back("Vary", "Origin");
  std::string_view origin = request.get("Origin");
  if (origin.empty() || !is_printable(origin)) return answer;

  std::string_view asked_headers = request.get("Access-Control-Request-Headers");
  answer.preflight = method == "OPTIONS" && request.has("Access-Control-Request-Method");
  bool trusted = same_origin(origin, request, scheme) || policy.allows(origin);
  if (!trusted && !policy.empty()) return answer;

  answer.headers.emplace_back("Access-Control-Allow-Origin", origin);
  if (trusted) answer.headers.emplace_back("Access-Control-Allow-Credentials", "true");
  if (!answer.preflight) {
    answer.headers.emplace_back("Access-Control-Expose-Headers", kExposed);
    return answer;
  }
  answer.headers.emplace_back("Access-Control-Allow-Methods", kMethods);
  if (!asked_headers.empty() && is_printable(asked_headers))
    answer.headers.emplace_back("Access-Control-Allow-Headers", asked_headers);
  return answer;
}

bool foreign_origin(const CorsPolicy& policy, const http::Headers& request, std::string_view scheme) {
  std::string origin(request.get("Origin"));
  if (origin.empty()) {
    std::string_view referer = request.get("Referer");
    if (referer.empty()) return false;
    origin = normal_origin(referer);
    if (origin.empty()) return true;
  }
  return !same_origin(origin, request, scheme) && !policy.lists(origin);
}

}  // namespace flotilla::api
