#include <fmt/format.h>

#include <algorithm>

#include "api/actions/auth_support.hpp"
#include "api/actions/authenticator_actions.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "api/envelope.hpp"
#include "api/write_check.hpp"
#include "base/error.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kRootUserId = "1";
constexpr std::size_t kLanguageLengthMax = 255;

/// Values for the caller's own row; answers the body of an update.
Task<std::string> update_self(Context& context, const JsonObject& values) {
  data::RequestScope scope = context.scope();
  scope.user_id = 0;  // what people say of themselves is no edit of the record by anybody
  const data::WriteScope writing = write_scope(context, scope);
  const data::NestedUpdates none;
  const std::int64_t id = context.identity.user_id;
  std::string body;
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await context.services.model.check_current(session, *context.schema);
    body.clear();
    JsonWriter out(body);
    out.begin_object();
    out.key("data");
    out.begin_array();
    data::Saved saved = co_await data::update_record(session, writing, context.schema->collection("users"),
                                                     Json(id), values, none);
    co_await data::write_saved(session, writing, saved, out);
    out.end_array();
    out.end_object();
  };
  co_await commit(context, work);
  co_return body;
}

Task<std::string> update_profile(Context& context) {
  const JsonObject settings = co_await read_system_settings(context);
  const Json* enabled = json::find(settings, "enableEditProfile");
  if (enabled && enabled->is_bool() && !enabled->get_bool())
    throw forbidden("User profile is not allowed to be edited");
  const std::string username = body_text(context, "username");
  if (username.empty()) throw bad_request("Username cannot be null");
  if (!is_valid_username(username)) throw bad_request("Please enter a valid username");
  JsonObject values;
  for (std::string_view name : {"username", "nickname", "email", "phone"}) {
    const Json* given = json::find(body_object(context), name);
    if (!given) continue;
    if (given->is_object() || given->is_array() || given->is_bool())
      throw bad_request(fmt::format("{} must be a text", name));
    // Empty texts of two users would be duplicates of one another.
    const std::string text = body_text(context, name);
    values[name] = text.empty() ? Json(nullptr) : Json(text);
  }
  co_return co_await update_self(context, values);
}

Task<std::string> update_lang(Context& context) {
  const Json* lang = json::find(body_object(context), "appLang");
  if (!lang || !(lang->is_null() || (lang->is_string() && lang->get_string().size() <= kLanguageLengthMax)))
    throw bad_request("appLang must be the name of a language");
  const JsonObject values{{"appLang", *lang}};
  co_await update_self(context, values);
  co_return "{}";
}

/// Moves the default mark among the user's own roles. The union is no role; its mark has a row of its own.
Task<void> move_default(data::Session& session, const data::WriteScope& scope, std::int64_t user_id,
                        const std::string& role) {
  const data::Collection& links = scope.schema.collection("rolesUsers");
  const data::Dialect& dialect = session.dialect();
  const std::string user_column = dialect.quote(links.field("userId").column);
  const std::string role_column = dialect.quote(links.field("roleName").column);
  const std::string& flag = links.field("default").column;
  auto owned = [&] { return data::sql::compare(user_column, data::sql::Compare::equal, user_id); };
  data::Fragment named =
      data::sql::all_of({owned(), data::sql::compare(role_column, data::sql::Compare::equal, role)});
  data::Fragment mark = data::sql::update(dialect, links.table, {{flag, true}}, named);
  const std::int64_t marked = co_await session.execute(mark);
  if (marked == 0) {
    if (role != auth::kUnionRole) co_return;
    JsonObject row{{"userId", user_id}, {"roleName", role}, {"default", true}};
    const data::NestedUpdates none;
    co_await data::create_record(session, scope, links, row, none);
  }
  data::Fragment others =
      data::sql::all_of({owned(), data::sql::compare(role_column, data::sql::Compare::not_equal, role)});
  data::Fragment unmark = data::sql::update(dialect, links.table, {{flag, false}}, others);
  co_await session.execute(unmark);
  JsonObject key{{"userId", user_id}, {"roleName", role}};
  scope.note(data::RowChange::Kind::updated, links, std::move(key), JsonObject{{"default", true}});
}

Task<std::string> set_default_role(Context& context) {
  const std::string role = body_text(context, "roleName");
  if (role.empty()) throw bad_request("roleName is required");
  if (role == auth::kAnonymousRole) co_return "{}";
  const std::int64_t id = context.identity.user_id;
  // A role that is not the user's changes nothing.
  auto run = [&](data::Session& session, const data::WriteScope& writing) -> Task<void> {
    co_await move_default(session, writing, id, role);
  };
  co_await run_in_transaction(context, run);
  co_return data_body("ok");
}

bool has_roles(const JsonObject& record) {
  const Json* roles = json::find(record, "roles");
  if (!roles || roles->is_null()) return false;
  return !(roles->is_array() && roles->get_array().empty());
}

void hide_roles(Json& record) {
  if (record.is_object()) record.get_object().erase("roles");
}

/// Users without roles could not sign in: they get the default role, which the answer does not show.
Task<std::string> create_users(Context& context) {
  bool lacking = false;
  const bool may_assign = may_assign_roles(context);
  each_record(context, [&](JsonObject& record) {
    if (!may_assign) record.erase("roles");
    lacking |= !has_roles(record);
  });
  if (!lacking) co_return co_await run_general(context, "create");

  const data::RequestScope scope = context.scope();
  std::vector<std::string> names;
  data::Work work = [&](data::Session& session) -> Task<void> {
    names = co_await default_roles(session, scope);
  };
  co_await context.services.database.read(work);
  const JsonArray roles(names.begin(), names.end());
  std::vector<bool> added;
  each_record(context, [&](JsonObject& record) {
    const bool without = !has_roles(record);
    const bool shown = record.contains("roles");
    added.push_back(without && !shown);
    if (without) add_value(context, record, "roles", roles);
  });
  const std::string body = co_await run_general(context, "create");
  Json answer = json::parse(body);
  Json& data = answer.as_object().at("data");
  if (data.is_object() && added.front()) hide_roles(data);
  if (data.is_array()) {
    for (std::size_t i = 0; i < data.get_array().size() && i < added.size(); ++i) {
      if (added[i]) hide_roles(data.get_array()[i]);
    }
  }
  co_return json::dump(answer);
}

/// What somebody signs in with, or gets a new password by.
bool changes_credentials(const JsonObject& record) {
  return std::ranges::any_of(record, [](const auto& member) {
    const std::string_view name = member.key();
    return name == "password" || name == "email" || name == "phone" || name == "username";
  });
}

/// Nobody but root says how root signs in.
Task<void> spare_root_users(Context& context) {
  data::ListRequest request;
  request.paginate = false;
  request.filter = JsonObject{{"roleName", "root"}};
  JsonArray ids;
  for (const Json& row : co_await read_collection(context, "rolesUsers", request))
    ids.push_back(row.as_object().at("userId"));
  if (ids.empty()) co_return;
  JsonObject others{{"$notIn", std::move(ids)}};
  JsonObject spared{{"id", std::move(others)}};
  Json& rule = context.permit.rule;
  rule = rule.is_null() ? Json(std::move(spared))
                        : Json(JsonObject{{"$and", JsonArray{rule, std::move(spared)}}});
}

/// A new password ends the sessions that were begun with the old one.
Task<std::string> update_users(Context& context) {
  bool credentials = false;
  each_record(context, [&](JsonObject& record) { credentials |= changes_credentials(record); });
  if (credentials && !context.permit.root) co_await spare_root_users(context);
  const std::int64_t now = context.services.clock.now().time_since_epoch().count();
  each_record(context, [&](JsonObject& record) {
    if (json::truthy(record, "password")) add_value(context, record, "passwordChangeTz", now);
  });
  co_return co_await run_general(context, "update");
}

Task<std::string> destroy_users(Context& context) {
  const std::vector<std::string> kept{std::string(kRootUserId)};
  protect_rows(context, "id", kept);
  co_return co_await run_general(context, "destroy");
}

Task<std::string> list_exclude_role(Context& context) {
  const std::string role = context.params.text("roleName");
  if (role.empty()) throw bad_request("roleName is required");
  const data::Collection& links = context.schema->collection("rolesUsers");
  data::ListRequest request;
  request.paginate = false;
  request.filter = JsonObject{{"roleName", JsonObject{{"$eq", role}}}};
  JsonArray have = co_await read_collection(context, links.name, request);
  JsonArray ids;
  for (const Json& row : have) ids.push_back(row.as_object().at("userId"));
  if (!ids.empty()) {
    JsonObject others{{"$notIn", std::move(ids)}};
    JsonObject filter{{"id", std::move(others)}};
    JsonObject layer{{"filter", std::move(filter)}};
    context.params.merge(layer);
  }
  context.params.fields.reset();  // every shown field, whatever was asked for: clients count on it
  co_return co_await run_general(context, "list");
}

}  // namespace

void register_user_actions(ActionRegistry& registry) {
  registry.add("users:updateProfile", Access::signed_in, update_profile);
  registry.add("users:updateLang", Access::signed_in, update_lang);
  registry.add("users:setDefaultRole", Access::signed_in, set_default_role);
  registry.add("users:create", Access::granted, create_users);
  registry.add("users:update", Access::granted, update_users);
  registry.add("users:destroy", Access::granted, destroy_users);
  registry.add("users:listExcludeRole", Access::granted, list_exclude_role);
}

}  // namespace flotilla::api
