#include "api/route.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

constexpr std::size_t kSegmentsMax = 4;

std::string decode_segment(std::string_view segment) {
  std::string out;
  if (!percent_decode(segment, out) || !is_utf8(out)) throw bad_request("URI malformed");
  return out;
}

/// Clients encode source ids twice, so that a slash survives proxies. Text that is no second encoding stays.
std::string decode_source_id(std::string once) {
  std::string twice;
  return percent_decode(once, twice) && is_utf8(twice) ? twice : once;
}

std::string default_action(std::string_view method, bool nested, bool has_key) {
  if (method == "GET" || method == "HEAD") return has_key ? "get" : "list";
  if (method == "POST") return !has_key || nested ? "create" : "";
  if (method == "PUT" || method == "PATCH") return has_key ? "update" : "";
  if (method == "DELETE") return "destroy";
  return "";
}

bool split_action(std::string& name, std::string& action) {
  std::size_t colon = name.find(':');
  if (colon != name.npos) {
    action = name.substr(colon + 1);
    name.resize(colon);
    if (action.empty() || action.contains(':')) return false;
  }
  return !name.empty();
}

}  // namespace

std::optional<Route> parse_route(std::string_view method, std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return std::nullopt;

  std::vector<std::string> parts;
  for (const std::string& segment : split(path, '/')) {
    if (segment.empty() || parts.size() == kSegmentsMax) return std::nullopt;
    parts.push_back(decode_segment(segment));
  }

  Route route;
  const bool nested = parts.size() >= 3;
  std::string name = parts[nested ? 2 : 0];
  const std::size_t key_at = nested ? 3 : 1;
  if (parts.size() > key_at) route.key = parts[key_at];
  if (!split_action(name, route.action)) return std::nullopt;
  if (route.action.empty()) route.action = default_action(method, nested, route.key.has_value());
  if (route.action.empty()) return std::nullopt;

  if (!nested) {
    std::size_t dot = name.find('.');
    route.resource = name.substr(0, dot);
    if (dot != name.npos) {
      route.association = name.substr(dot + 1);
      if (route.resource.empty() || route.association.empty()) return std::nullopt;
    }
    return route;
  }
  route.resource = parts[0];
  route.association = std::move(name);
  if (route.resource.contains(':')) return std::nullopt;
  if (parts[1] != "_") {
    route.source_id = decode_source_id(std::move(parts[1]));
    route.has_source_id = true;
  }
  return route;
}

Json source_key(const Route& route) {
  if (route.source_id.starts_with('{')) {
    bool ok = false;
    Json key = json::try_parse(route.source_id, &ok);
    if (ok && key.is_object()) return key;
  }
  return Json(route.source_id);
}

}  // namespace flotilla::api
