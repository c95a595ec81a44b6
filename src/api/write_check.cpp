#include "api/write_check.hpp"

#include <algorithm>

#include "api/variables.hpp"
#include "auth/permissions/permission_store.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/write/links.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kAssignSnippet = "users.roles:set";

bool writes_values(std::string_view action) {
  return action == "create" || action == "update" || action == "firstOrCreate" || action == "updateOrCreate";
}

std::string below(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

/// The target field that identifies nested records.
const data::Field* identifying(const data::Collection& target, const data::Field& association) {
  if (association.type == data::FieldType::has_one || association.type == data::FieldType::has_many)
    return target.primary_key() ? target.primary_key() : target.key_field();
  return target.find(association.association.target_key);
}

bool names_root(const Json& value) {
  if (value.is_string()) {
    for (const std::string& part : split(value.get_string(), ',')) {
      if (trim(part) == auth::kRootRole) return true;
    }
    return false;
  }
  if (value.is_array()) return std::ranges::any_of(value.get_array(), names_root);
  return value.is_object() && json::text(value.get_object(), "name") == auth::kRootRole;
}

/// True when the values, wherever in them, link a user with root.
bool links_root(const data::Schema& schema, const data::Collection& c, const Json& values, int depth) {
  if (depth > data::kAppendDepthMax) return false;
  if (values.is_array())
    return std::ranges::any_of(values.get_array(),
                               [&](const Json& item) { return links_root(schema, c, item, depth); });
  if (!values.is_object()) return false;
  const JsonObject& object = values.get_object();
  const bool of_root = c.name == "roles" && json::text(object, "name") == auth::kRootRole;
  if (c.name == "rolesUsers" && json::text(object, "roleName") == auth::kRootRole) return true;
  for (const auto& [name, value] : object) {
    const data::Field* field = c.find(name);
    if (!field || !field->is_association()) continue;
    const data::Collection* target = schema.target(*field);
    if (assigns_roles(schema, *field)) {
      const bool linked = value.is_array() ? !value.get_array().empty() : !value.is_null();
      if (of_root && linked && target->name == "users") return true;
      if (target->name == "roles" && names_root(value)) return true;
    }
    if (target && links_root(schema, *target, value, depth + 1)) return true;
  }
  return false;
}

class Pruner {
 public:
  Pruner(const Context& context, data::Session& session, const data::WriteScope& scope)
      : context_(context),
        session_(session),
        scope_(scope),
        rights_(scope.schema, context.permit.roles),
        updated_(context.params.update_association_values),
        may_assign_(may_assign_roles(context)) {}

  using Names = std::vector<std::string>;

  /// `writable`: what the grant on this collection lists; absent: everything.
  Task<void> prune(const data::Collection& c, JsonObject& values, const std::string& path,
                   const std::optional<Names>& writable) {
    drop_server_fields(c, values, writable);
    Names dropped;
    for (auto& member : values) {
      const data::Field* field = c.find(member.key());
      if (!field || !field->is_association() || set_by_server(path, field->name)) continue;
      const bool kept = co_await prune_association(*field, member.value(), below(path, field->name));
      if (!kept) dropped.push_back(field->name);
    }
    for (const std::string& name : dropped) values.erase(name);
  }

 private:
  /// False: leave the association out.
  Task<bool> prune_association(const data::Field& field, Json& value, const std::string& path) {
    const data::Collection* target = scope_.schema.target(field);
    if (!target || (assigns_roles(scope_.schema, field) && !may_assign_)) co_return false;
    const data::Field* key = identifying(*target, field);
    if (!key) co_return false;
    if (value.is_array()) {
      JsonArray kept;
      for (Json& item : value.get_array()) {
        if (co_await prune_item(*target, *key, item, path)) kept.push_back(std::move(item));
      }
      value = std::move(kept);
      co_return true;
    }
    if (!value.is_object()) co_return true;
    co_return co_await prune_item(*target, *key, value, path);
  }

  Task<bool> prune_item(const data::Collection& target, const data::Field& key, Json& item,
                        const std::string& path) {
    if (!item.is_object()) co_return true;
    JsonObject& object = item.get_object();
    const Json* given = json::find(object, key.name);
    const Json id = given ? *given : Json(nullptr);
    const bool listed = std::ranges::find(updated_, path) != updated_.end();
    std::optional<Json> existing;
    if (listed && !id.is_null()) existing = co_await data::find_key(session_, scope_, target, key.name, id);
    if (listed && existing) {
      const auth::Decision& update = rights_.on(target, "update");
      if (update.allowed && co_await in_scope(target, *existing)) {
        cut(object, update.grant.whitelist, key.name);
        co_await prune(target, object, path, update.grant.whitelist);
        co_return true;
      }
    } else if (listed) {
      const auth::Decision& create = rights_.on(target, "create");
      if (!create.allowed) co_return false;
      cut(object, create.grant.whitelist, key.name);
      co_await prune(target, object, path, create.grant.whitelist);
      co_return true;
    }
    if (id.is_null()) co_return false;
    item = id;
    co_return true;
  }

  bool set_by_server(const std::string& path, const std::string& name) const {
    const Names& names = context_.permit.server_values;
    return path.empty() && std::ranges::find(names, name) != names.end();
  }

  /// Whose a record is decides about `own`, and hidden fields are the server's (tokens to reset a password):
  /// both are said by the server, unless a grant lists the field. Passwords are written, never shown.
  static void drop_server_fields(const data::Collection& c, JsonObject& values,
                                 const std::optional<Names>& writable) {
    auto listed = [&](std::string_view name) {
      return writable && std::ranges::find(*writable, name) != writable->end();
    };
    for (std::string_view name : {"createdBy", "createdById", "updatedBy", "updatedById"}) {
      if (!listed(name) && c.find(name)) values.erase(name);
    }
    for (const data::Field& field : c.fields()) {
      const bool secret =
          field.hidden && field.type != data::FieldType::password && field.type != data::FieldType::sort;
      if (secret && !listed(field.name)) values.erase(field.name);
    }
  }

  static void cut(JsonObject& object, const std::optional<Names>& whitelist, const std::string& key) {
    if (!whitelist) return;
    Names names = *whitelist;
    names.push_back(key);
    Json values(std::move(object));
    data::guard_values(values, names, {});
    object = std::move(values.get_object());
  }

  Task<bool> in_scope(const data::Collection& target, const Json& key) {
    auto rule = context_.permit.update_rules.find(target.name);
    if (rule == context_.permit.update_rules.end()) co_return true;
    co_return co_await data::exists(session_, scope_, target, key, rule->second);
  }

  const Context& context_;
  data::Session& session_;
  const data::WriteScope& scope_;
  Rights rights_;
  const NameList& updated_;
  bool may_assign_;
};

}  // namespace

bool assigns_roles(const data::Schema& schema, const data::Field& association) {
  const data::Collection* target = schema.target(association);
  if (target && target->name != "roles" && auth::decides_permissions(target->name)) return true;
  return auth::decides_permissions(association.association.through);
}

bool may_assign_roles(const Context& context) {
  return context.permit.root || std::ranges::any_of(context.permit.roles, [](const auto& role) {
           return role->snippets.allowed(kAssignSnippet).value_or(false);
         });
}

void refuse_root_grants(const Context& context) {
  const std::string& action = context.route.action;
  const data::Collection* c = context.schema->find(context.route.resource);
  const data::Field* association =
      c && !context.route.association.empty() ? c->find(context.route.association) : nullptr;
  const Params& params = context.params;
  bool refused = false;
  if (association && assigns_roles(*context.schema, *association) && action != "list" && action != "get" &&
      action != "remove" && action != "destroy") {
    const data::Collection* target = context.schema->target(*association);
    const bool to_roles = target && target->name == "roles";
    const Json* keys = params.find("filterByTks");
    refused =
        to_roles ? names_root(params.values) || names_root(params.filter_by_tk) || (keys && names_root(*keys))
                 : c->name == "roles" && context.route.source_id == auth::kRootRole;
  }
  if (!refused && writes_values(action)) {
    const data::Collection* target = association ? context.schema->target(*association) : c;
    refused = target && links_root(*context.schema, *target, params.values, 0);
  }
  if (refused) throw forbidden();
}

void view_linked(Rights& rights, const data::Collection& c, const Json& values) {
  if (values.is_array()) {
    for (const Json& item : values.get_array()) view_linked(rights, c, item);
  } else if (values.is_object()) {
    for (const auto& [name, value] : values.get_object()) {
      const data::Field* field = c.find(name);
      const data::Collection* target =
          field && field->is_association() ? rights.schema().target(*field) : nullptr;
      if (!target) continue;
      rights.may_view(*target);
      view_linked(rights, *target, value);
    }
  }
}

Task<void> prepare_write_check(Context& context, Rights& rights, const data::Collection& target) {
  if (!writes_values(context.route.action)) co_return;
  context.permit.prunes_values = true;
  const std::string& action = context.route.action;
  if (action == "firstOrCreate" || action == "updateOrCreate") {
    const auth::Decision& found = rights.on(target, action == "firstOrCreate" ? "get" : "update");
    Permit::Found& permit = context.permit.found;
    permit = {found.allowed, found.grant.filter, found.grant.fields, found.grant.whitelist};
    co_await resolve_variables(context, permit.rule);
    context.permit.reads_state |= reads_state(permit.rule);
  }
  for (const std::string& path : context.params.update_association_values) {
    const data::Collection* at = &target;
    for (const std::string& segment : split(std::string_view(path), '.')) {
      const data::Field* field = at->find(segment);
      at = field && field->is_association() ? context.schema->target(*field) : nullptr;
      if (!at) break;
      const auth::Decision& update = rights.on(*at, "update");
      if (!update.allowed || update.grant.filter.is_null()) continue;
      Json rule = update.grant.filter;
      co_await resolve_variables(context, rule);
      context.permit.reads_state |= reads_state(rule);
      context.permit.update_rules.insert_or_assign(at->name, std::move(rule));
    }
  }
}

Task<void> check_nested(const Context& context, data::Session& session, const data::WriteScope& scope,
                        const data::Collection& target, Json& values,
                        const std::optional<NameList>& writable) {
  if (!context.permit.prunes_values) co_return;
  Pruner pruner(context, session, scope);
  if (values.is_object()) co_await pruner.prune(target, values.get_object(), {}, writable);
  if (!values.is_array()) co_return;
  for (Json& item : values.get_array()) {
    if (item.is_object()) co_await pruner.prune(target, item.get_object(), {}, writable);
  }
}

}  // namespace flotilla::api
