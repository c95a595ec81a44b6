#include "api/actions/actions.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "api/services.hpp"
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

Task<std::string> run_change(Context& context, RelationChange change) {
  const Target target = target_of(context);
  // On a collection there is nothing to link: the peer does nothing and says so.
  if (!target.association || !context.route.has_source_id) co_return "{}";
  Json given = given_keys(context, change);
  if (change == RelationChange::remove && !target.to_many()) given = nullptr;
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await context.services.model.check_current(session, *context.schema);
    std::optional<data::Source> source = co_await source_of(session, context, target, writing, true);
    co_await data::change_relation(session, writing, *source, change, given);
  };
  co_await commit(context, work);
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
