#include "api/actions/actions.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "api/services.hpp"
#include "base/error.hpp"
#include "data/write/relation.hpp"

namespace flotilla::api {
namespace {

using data::RelationChange;

/// The keys given: filterByTk, else filterByTks, else the body.
Json given_keys(const Context& context, RelationChange change) {
  if (change != RelationChange::toggle) {
    if (!context.params.filter_by_tk.is_null()) return context.params.filter_by_tk;
    if (const Json* keys = context.params.find("filterByTks"); keys && json::truthy(*keys)) return *keys;
  }
  return context.params.values;
}

/// The role may change this source record.
Task<void> check_source(data::Session& session, const Context& context, const Target& target,
                        const data::WriteScope& scope) {
  if (context.permit.source_rule.is_null()) co_return;
  const Json id = source_key(context.route);
  if (!co_await data::exists(session, scope, *target.owner, id, context.permit.source_rule))
    throw forbidden();
}

Task<std::string> run_change(Context& context, RelationChange change) {
  const Target target = target_of(context);
  // On a collection there is nothing to link: the peer does nothing and says so.
  if (!target.association || !context.route.has_source_id) co_return "{}";
  Json given = given_keys(context, change);
  if (change == RelationChange::remove && !target.to_many()) given = nullptr;
  auto run = [&](data::Session& session, const data::WriteScope& writing) -> Task<void> {
    std::optional<data::Source> source = co_await source_of(session, context, target, writing, true);
    co_await check_source(session, context, target, writing);
    co_await data::change_relation(session, writing, *source, change, given);
  };
  co_await run_in_transaction(context, run);
  co_return change == RelationChange::toggle ? R"({"data":"ok"})" : "{}";
}

}  // namespace

void register_relation_actions(ActionRegistry& registry) {
  registry.add("*:add", Access::granted,
               [](Context& context) { return run_change(context, RelationChange::add); });
  registry.add("*:set", Access::granted,
               [](Context& context) { return run_change(context, RelationChange::set); });
  registry.add("*:remove", Access::granted,
               [](Context& context) { return run_change(context, RelationChange::remove); });
  registry.add("*:toggle", Access::granted,
               [](Context& context) { return run_change(context, RelationChange::toggle); });
}

}  // namespace flotilla::api
