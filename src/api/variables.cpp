#include "api/variables.hpp"

#include "api/services.hpp"
#include "base/strings.hpp"
#include "data/read/list.hpp"
#include "data/value/date_time.hpp"
#include "data/value/relative_date.hpp"

namespace flotilla::api {
namespace {

/// The path inside `{{ … }}`; empty when the text is no variable.
std::string_view variable_path(const Json& value) {
  if (!value.is_string()) return {};
  std::string_view text = value.get_string();
  if (!text.starts_with("{{") || !text.ends_with("}}") || text.size() < 5) return {};
  return trim(text.substr(2, text.size() - 4));
}

void collect(Json& value, std::vector<Json*>& out) {
  if (value.is_array()) {
    for (Json& item : value.get_array()) collect(item, out);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) collect(member.value(), out);
  } else if (!variable_path(value).empty()) {
    out.push_back(&value);
  }
}

/// Follows a path into a document; a list on the way gives the list of what its items have.
Json pick(const Json& from, const std::vector<std::string>& path, std::size_t at) {
  if (at == path.size()) return from;
  if (from.is_array()) {
    JsonArray out;
    for (const Json& item : from.get_array()) out.push_back(pick(item, path, at));
    return out;
  }
  if (!from.is_object()) return nullptr;
  const Json* next = json::find(from.get_object(), path[at]);
  return next ? pick(*next, path, at + 1) : Json(nullptr);
}

/// A field of the current user; over associations it is read with just what the path needs.
Task<Json> user_value(Context& context, const std::vector<std::string>& path) {
  if (!context.identity.signed_in() || path.size() < 2) co_return nullptr;
  if (path.size() == 2) co_return pick(*context.identity.user, path, 1);
  const data::Collection& users = context.schema->collection("users");
  const data::RequestScope scope = context.scope();
  data::ListRequest request;
  request.keys = context.identity.user_id;
  std::vector<std::string> inner(path.begin() + 1, path.end());
  request.selection.fields = std::vector<std::string>{join(inner, ".")};
  std::string text;
  data::Work work = [&](data::Session& session) -> Task<void> {
    JsonWriter out(text);
    out.begin_object();
    co_await data::get(session, scope, users, nullptr, request, out);
    out.end_object();
  };
  const data::Field* first = users.find(path[1]);
  if (!first || !first->is_association()) co_return nullptr;
  co_await context.services.database.read(work);
  co_return pick(json::parse(text).as_object().at("data"), path, 1);
}

Task<Json> resolve(Context& context, std::string_view variable) {
  const std::vector<std::string> path = split(variable, '.');
  if (path[0] == "$user") co_return co_await user_value(context, path);
  if (path[0] == "$nRole") {
    if (context.identity.role != "__union__")
      co_return context.identity.role.empty() ? Json(nullptr) : Json(context.identity.role);
    JsonArray roles;
    for (const std::string& role : context.identity.roles) roles.push_back(Json(role));
    co_return roles;
  }
  if (variable == "$system.now") co_return Json(data::iso_text(context.now_ms));
  if ((path[0] == "$date" || path[0] == "$nDate") && path.size() == 2) {
    bool known = false;
    co_return data::relative_date(path[1], context.now_ms, context.request_minutes(), &known);
  }
  if (path[0] == "ctx" && path.size() > 2 && path[1] == "state")
    co_return pick(context.identity.state(), path, 2);
  co_return nullptr;
}

}  // namespace

Task<void> resolve_variables(Context& context) { return resolve_variables(context, context.params.filter); }

Task<void> resolve_variables(Context& context, Json& filter) {
  std::vector<Json*> places;
  collect(filter, places);
  for (Json* place : places) {
    const std::string variable(variable_path(*place));
    *place = co_await resolve(context, variable);
  }
}

}  // namespace flotilla::api
