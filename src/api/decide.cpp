#include "api/decide.hpp"

#include <algorithm>

#include "api/fixed_rules.hpp"
#include "api/merge_grant.hpp"
#include "api/read_check.hpp"
#include "api/services.hpp"
#include "api/variables.hpp"
#include "api/write_check.hpp"
#include "auth/permissions/permissions.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

/// Collections that nobody can drop: the server stands on them.
bool is_protected(const Context& context) {
  if (context.route.resource != "collections" || context.route.action != "destroy" ||
      !context.route.association.empty())
    return false;
  const Json& key = context.params.filter_by_tk;
  for (std::string_view name : {"users", "roles", "rolesUsers", "collections"}) {
    if (key.is_string() && key.get_string() == name) return true;
    if (!key.is_array()) continue;
    for (const Json& item : key.get_array()) {
      if (item.is_string() && item.get_string() == name) return true;
    }
  }
  return false;
}

using Roles = std::vector<std::shared_ptr<const auth::Role>>;

bool is_link_change(std::string_view action) {
  return action == "add" || action == "set" || action == "remove" || action == "toggle";
}

/// The collection whose records the action is about; null for a resource that is none.
const data::Collection* target_collection(const Context& context) {
  const data::Collection* collection = context.schema->find(context.route.resource);
  if (context.route.association.empty() || !collection) return collection;
  const data::Field* field = collection->find(context.route.association);
  return field && field->is_association() ? context.schema->target(*field) : nullptr;
}

bool snippet_allows(const Context& context, std::string_view path) {
  return std::ranges::any_of(context.permit.roles,
                             [&](const auto& role) { return role->snippets.allowed(path).value_or(false); });
}

std::string path_of(const Route& route) { return route.full_name() + ":" + route.action; }

/// A composite key compares fields as a filter does.
void check_source_key(const Context& context, Rights& rights) {
  const data::Collection* owner = context.schema->find(context.route.resource);
  if (owner && context.route.has_source_id) check_filter(rights, *owner, source_key(context.route));
}

/// add, set, remove and toggle change the source record: they need update on it.
Task<void> decide_link_change(Context& context, Rights& rights) {
  if (snippet_allows(context, path_of(context.route))) co_return;
  check_source_key(context, rights);
  const data::Collection* owner = context.schema->find(context.route.resource);
  const data::Field* association = owner ? owner->find(context.route.association) : nullptr;
  if (!association || assigns_roles(*context.schema, *association)) throw forbidden();
  const auth::Decision& update = rights.on(*owner, "update");
  const auto& whitelist = update.grant.whitelist;
  if (!update.allowed || (whitelist && std::ranges::find(*whitelist, association->name) == whitelist->end()))
    throw forbidden();
  context.permit.source_rule = update.grant.filter;
  co_await resolve_variables(context, context.permit.source_rule);
  context.permit.reads_state |= reads_state(context.permit.source_rule);
}

/// What the parameters name must be readable by the roles; `target` itself by `rights`.
void check_names(Context& context, Rights& rights, const data::Collection& target) {
  Params& params = context.params;
  check_filter(rights, target, params.filter_by_tk);
  for (std::string_view key : {"sourceId", "targetId"}) {  // of a move
    if (const Json* given = params.find(key)) check_filter(rights, target, *given);
  }
  if (context.route.action == "query") {
    if (params.values.is_object()) narrow_query(rights, target, params.values.get_object());
    return;
  }
  check_filter(rights, target, params.filter);
  check_sort(rights, target, params.sort);
  check_paths(rights, target, params.filter_keys);
  narrow_appends(rights, target, params.appends);
  if (params.fields) narrow_fields(rights, target, *params.fields);
}

/// Rows and fields of everything that the names lead to.
Task<void> set_limits(Context& context, Rights& rights) {
  static const auto kNothingReached = std::make_shared<const data::ReadLimits>();
  context.permit.limits = kNothingReached;
  if (rights.viewed().empty()) co_return;
  auto limits = std::make_shared<data::ReadLimits>();
  for (const data::Collection* collection : rights.viewed()) {
    const auth::Decision& view = rights.on(*collection, "list");
    data::ReadLimit limit{view.allowed, view.grant.fields, view.grant.appends, view.grant.filter};
    co_await resolve_variables(context, limit.rows);
    context.permit.reads_state |= reads_state(limit.rows);
    limits->set(collection->name, std::move(limit));
  }
  context.permit.limits = std::move(limits);
}

/// An action that is open to everybody, or to who is signed in: the resource is theirs to read. What hangs on
/// it is so only for who has a snippet for the action, as far as the roles may view it.
Task<void> decide_free(Context& context, bool by_snippet) {
  const data::Collection* target = target_collection(context);
  if (!target) co_return;
  Rights rights(*context.schema, by_snippet ? context.permit.roles : Roles());
  rights.open(*target);
  check_names(context, rights, *target);
  if (by_snippet) co_await set_limits(context, rights);
}

/// Writing through an association that says who has which role takes a snippet for just that: making a user
/// below a role gives the role.
bool gives_roles(const Context& context) {
  const data::Collection* owner = context.schema->find(context.route.resource);
  const data::Field* association =
      owner && !context.route.association.empty() ? owner->find(context.route.association) : nullptr;
  return association && assigns_roles(*context.schema, *association) &&
         auth::permission_of(context.route.action) != "view" &&
         !snippet_allows(context, path_of(context.route));
}

auth::Decision decide_target(const Context& context, const data::Collection* target) {
  const std::string path = path_of(context.route);
  const std::string_view name = target ? std::string_view(target->name) : std::string_view();
  const bool strategy = target && strategy_applies(*target, context.route.action);
  auth::Decision decision =
      auth::decide_roles(context.permit.roles, {name, path, context.route.action, strategy});
  if (target) decision.allowed = decision.allowed && fits(decision.grant.filter, *target);
  return decision;
}

Task<void> decide_granted(Context& context) {
  Permit& permit = context.permit;
  Rights rights(*context.schema, permit.roles);
  const std::string& action = context.route.action;
  if (!context.route.association.empty() && is_link_change(action)) {
    co_await decide_link_change(context, rights);
    co_return;
  }
  const data::Collection* target = target_collection(context);
  auth::Decision decision = decide_target(context, target);
  if (!decision.allowed || gives_roles(context)) throw forbidden();
  if (!target) co_return;
  if (!context.route.association.empty()) check_source_key(context, rights);

  merge_grant(context.params, decision.grant, action, *target);
  if (!decision.grant.filter.is_null()) {
    Json rule = decision.grant.filter;
    co_await resolve_variables(context, rule);
    permit.reads_state |= reads_state(rule);
    permit.rule = permit.rule.is_null() ? std::move(rule)
                                        : Json(JsonObject{{"$and", JsonArray{permit.rule, std::move(rule)}}});
  }
  if (decision.by_snippet) rights.open(*target);
  if (action == "move") rights.may_view(*target);  // the record at whose place it goes must be in view
  check_names(context, rights, *target);
  view_linked(rights, *target, context.params.values);  // the answer shows them
  co_await set_limits(context, rights);
  if (!decision.by_snippet) co_await prepare_write_check(context, rights, *target);
}

}  // namespace

Task<void> decide(Context& context, const Action& action) {
  if (is_protected(context)) throw forbidden();
  Permit& permit = context.permit;
  permit.permissions = context.services.permissions.snapshot(context.schema);
  const data::Collection* target = target_collection(context);
  permit.rule = target ? fixed_rule(target->name, context.route.action) : Json();
  permit.root = context.identity.is_root();
  refuse_root_grants(context);
  if (permit.root) co_return;
  permit.roles = permit.permissions->find(context.identity.roles);
  switch (action.access) {
    case Access::open:
      co_await decide_free(context, false);
      break;
    case Access::signed_in:
      if (!context.identity.signed_in()) throw forbidden();
      co_await decide_free(context, snippet_allows(context, path_of(context.route)));
      break;
    case Access::granted:
      co_await decide_granted(context);
  }
}

}  // namespace flotilla::api
