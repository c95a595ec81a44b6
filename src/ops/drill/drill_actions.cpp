#include "ops/drill/drill_actions.hpp"

#include "base/error.hpp"
#include "ops/drill/drills.hpp"

namespace flotilla::ops {
namespace {

using api::Context;

constexpr std::int64_t kPageSize = 1'000;

const JsonObject& body_of(const Context& context) {
  if (!context.params.values.is_object()) throw bad_request("the body must be an object");
  return context.params.values.get_object();
}

std::string text_of(const JsonObject& body, std::string_view name) {
  return std::string(json::text(body, name));
}

std::string nothing_more() { return R"({"data":{}})"; }

/// {"name", "cron", "seconds"}
Task<std::string> start(Context& context, Drills& drills) {
  const JsonObject& body = body_of(context);
  const Json* seconds = json::find(body, "seconds");
  if (!seconds || !seconds->is_int64()) throw bad_request("seconds: takes a whole number");
  co_await drills.start(text_of(body, "name"), text_of(body, "cron"), seconds->get_int64());
  co_return nothing_more();
}

/// {"name", "keys": [text]}
Task<std::string> publish(Context& context, Drills& drills) {
  const JsonObject& body = body_of(context);
  const Json* given = json::find(body, "keys");
  if (!given || !given->is_array()) throw bad_request("keys: takes a list of texts");
  std::vector<std::string> keys;
  for (const Json& key : given->get_array()) {
    if (!key.is_string()) throw bad_request("keys: takes a list of texts");
    keys.emplace_back(key.get_string());
  }
  co_await drills.publish(text_of(body, "name"), std::move(keys));
  co_return nothing_more();
}

/// ?name=…&after=<key>: a page of what became of the jobs, in the order of their keys.
Task<std::string> jobs(Context& context, Drills& drills) {
  const std::vector<DrillJob> found =
      co_await drills.jobs(context.params.text("name"), context.params.text("after"), kPageSize);
  JsonArray data;
  for (const DrillJob& job : found)
    data.push_back({{"key", job.key},
                    {"due", job.due_ms ? Json(*job.due_ms) : Json(nullptr)},
                    {"attempts", job.attempts},
                    {"effects", job.effects},
                    {"node", job.node}});
  co_return json::dump(JsonObject{{"data", std::move(data)}});
}

/// {"name"}
Task<std::string> end(Context& context, Drills& drills) {
  co_await drills.end(text_of(body_of(context), "name"));
  co_return nothing_more();
}

}  // namespace

void register_drill_actions(api::ActionRegistry& registry, Drills& drills) {
  using Handler = Task<std::string> (*)(Context&, Drills&);
  auto add = [&](const char* name, Handler handler) {
    registry.add(name, api::Access::granted,
                 [&drills, handler](Context& context) { return handler(context, drills); });
  };
  add("fleet:startDrill", start);
  add("fleet:publishDrill", publish);
  add("fleet:drillJobs", jobs);
  add("fleet:endDrill", end);
}

}  // namespace flotilla::ops
