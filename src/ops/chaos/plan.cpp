#include "ops/chaos/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"

namespace flotilla::ops::chaos {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kHourMs = 3'600'000;

/// An object of the file with the path to it. Members that nobody asks for are mistakes.
class Reader {
 public:
  Reader(const Json& value, std::string path) : path_(std::move(path)) {
    if (!value.is_object()) throw bad_request(fmt::format("{}: takes an object", shown()));
    object_ = &value.get_object();
  }

  std::string text(std::string_view name, std::optional<std::string> fallback = std::nullopt) {
    const Json* value = find(name);
    if (!value && fallback) return *fallback;
    if (!value || !value->is_string() || value->get_string().empty())
      throw bad_request(fmt::format("{}: takes a text", place(name)));
    return std::string(value->get_string());
  }
  std::int64_t number(std::string_view name, std::int64_t fallback, std::int64_t min, std::int64_t max) {
    const Json* value = find(name);
    if (!value) return fallback;
    if (!value->is_int64() || value->get_int64() < min || value->get_int64() > max)
      throw bad_request(fmt::format("{}: takes a whole number from {} to {}", place(name), min, max));
    return value->get_int64();
  }
  milliseconds ms(std::string_view name, milliseconds fallback) {
    return milliseconds(number(name, fallback.count(), 0, kHourMs));
  }
  const Json* find(std::string_view name) {
    asked_.insert(std::string(name));
    return json::find(*object_, name);
  }
  std::vector<Reader> list(std::string_view name) {
    const Json* value = find(name);
    if (!value || !value->is_array() || value->get_array().empty())
      throw bad_request(fmt::format("{}: takes a list that is not empty", place(name)));
    std::vector<Reader> out;
    for (const Json& item : value->get_array())
      out.emplace_back(item, fmt::format("{}[{}]", place(name), out.size()));
    return out;
  }
  std::string place(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  }
  void end() const {
    for (const auto& [name, value] : *object_)
      if (!asked_.contains(std::string(name)))
        throw bad_request(fmt::format("{}: is not known", place(name)));
  }

 private:
  std::string shown() const { return path_.empty() ? "the plan" : path_; }

  const JsonObject* object_ = nullptr;
  std::string path_;
  std::set<std::string> asked_;
};

Target target_of(const std::string& url, const std::string& place) {
  constexpr std::string_view kScheme = "http://";
  const auto wrong = [&] { return bad_request(place + ": takes http://host[:port] without a path"); };
  if (!url.starts_with(kScheme)) throw wrong();
  std::string rest = url.substr(kScheme.size());
  if (rest.ends_with('/')) rest.pop_back();
  if (rest.empty() || rest.find_first_of("/?#@ ") != rest.npos) throw wrong();
  const std::size_t bracket = rest.rfind(']'), colon = rest.rfind(':');
  const bool has_port = colon != rest.npos && (bracket == rest.npos || colon > bracket);
  Target out{rest.substr(0, has_port ? colon : rest.npos), has_port ? rest.substr(colon + 1) : "80"};
  if (out.host.empty() || out.port.empty() ||
      !std::ranges::all_of(out.port, [](char c) { return c >= '0' && c <= '9'; }))
    throw wrong();
  if (out.host.starts_with('[') && out.host.ends_with(']'))
    out.host = out.host.substr(1, out.host.size() - 2);
  return out;
}

Allows allows_of(const std::string& text, const std::string& place) {
  for (Allows each : {Allows::nothing, Allows::in_flight, Allows::meanwhile})
    if (name_of(each) == text) return each;
  throw bad_request(place + ": takes nothing, in flight or meanwhile");
}

Fault fault_of(Reader& from) {
  Fault out;
  out.name = from.text("name");
  out.allows = allows_of(from.text("allows"), from.place("allows"));
  out.make = from.text("do");
  out.mend = from.text("undo", "");
  out.hold = from.ms("holdMs", milliseconds{0});
  out.weight = static_cast<int>(from.number("weight", 1, 1, 1'000));
  from.end();
  return out;
}

template <class List>
void check_names(const List& list, std::string_view what) {
  std::set<std::string> seen;
  for (const auto& item : list)
    if (!seen.insert(item.name).second)
      throw bad_request(fmt::format("{}: two are called \"{}\"", what, item.name));
}

}  // namespace

Plan parse_plan(std::string_view text) {
  const Json document = json::parse(text);
  Reader file(document, "");
  Plan plan;
  plan.name = file.text("name");
  plan.balancer = target_of(file.text("url"), "url");
  plan.api = file.text("apiBasePath", plan.api);
  for (Reader& node : file.list("nodes")) {
    plan.nodes.push_back({node.text("name"), target_of(node.text("url"), node.place("url"))});
    node.end();
  }
  if (const Json* given = file.find("credentials")) {
    Reader credentials(*given, "credentials");
    plan.credentials.account = credentials.text("accountVariable", plan.credentials.account);
    plan.credentials.password = credentials.text("passwordVariable", plan.credentials.password);
    credentials.end();
  }
  plan.duration = std::chrono::seconds(file.number("seconds", plan.duration.count(), 1, 3 * 3'600));
  plan.clients = static_cast<int>(file.number("clients", plan.clients, 1, 1'000));
  plan.requests_per_second =
      static_cast<int>(file.number("requestsPerSecond", plan.requests_per_second, 1, 100'000));
  plan.pause = file.ms("pauseMs", plan.pause);
  plan.ready_within = file.ms("readyWithinMs", plan.ready_within);
  plan.not_ready_grace = file.ms("notReadyGraceMs", plan.not_ready_grace);
  plan.request_timeout = file.ms("requestTimeoutMs", plan.request_timeout);
  plan.command_timeout = file.ms("commandTimeoutMs", plan.command_timeout);
  plan.jobs_within = file.ms("jobsWithinMs", plan.jobs_within);
  for (Reader& fault : file.list("faults")) plan.faults.push_back(fault_of(fault));
  file.end();
  check_names(plan.nodes, "nodes");
  check_names(plan.faults, "faults");
  return plan;
}

std::string looks_like_production(const Plan& plan) {
  auto suspicious = [](const std::string& text) {
    std::string word;
    for (const char c : lower(text) + ".") {
      if (c >= 'a' && c <= 'z') {
        word += c;
        continue;
      }
      if (word == "prod" || word == "prd" || word == "production" || word == "live") return true;
      word.clear();
    }
    return false;
  };
  if (suspicious(plan.name)) return fmt::format("its name is \"{}\"", plan.name);
  if (suspicious(plan.balancer.host)) return "its address is " + plan.balancer.text();
  for (const PlannedNode& node : plan.nodes)
    if (suspicious(node.name) || suspicious(node.target.host))
      return fmt::format("its node \"{}\" is at {}", node.name, node.target.text());
  return {};
}

}  // namespace flotilla::ops::chaos
