#include "api/actions/write_limits.hpp"

#include "base/error.hpp"
#include "data/write/links.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {

Json without_members(const Json& values) {
  if (!values.is_array()) return JsonObject();
  return JsonArray(values.get_array().size(), JsonObject());
}

Task<std::vector<Json>> addressed_keys(data::Session& session, const data::WriteScope& scope,
                                       const Target& target, const data::Source* source,
                                       const data::ListRequest& request) {
  data::Selection selection;
  selection.collection = target.collection;
  std::vector<const data::Field*> keys;
  if (const data::Field* key = target.collection->key_field())
    keys.push_back(key);
  else
    for (const std::string& name : target.collection->filter_target_key)
      keys.push_back(&target.collection->field(name));
  if (keys.empty()) keys = data::stored_fields(*target.collection);
  selection.columns = keys;
  selection.shown = keys.size();
  selection.unrestricted = false;
  data::Records records =
      co_await data::find_records(session, scope, *target.collection, source, request, selection, -1, 0);
  std::vector<Json> out;
  for (std::size_t row = 0; row < records.rows.size(); ++row) {
    if (target.collection->key_field()) {
      out.push_back(data::cell_json(records.rows.at(row, 0)));
      continue;
    }
    JsonObject key;
    for (std::size_t i = 0; i < keys.size(); ++i)
      key[keys[i]->name] = data::cell_json(records.rows.at(row, i));
    out.push_back(std::move(key));
  }
  co_return out;
}

namespace {

/// The key that a record of an update list contains; an object when it has several parts.
Json key_in(const data::Collection& c, const JsonObject& record) {
  JsonObject key;
  for (const std::string& name : c.filter_target_key) {
    if (const Json* part = json::find(record, name); part && !part->is_null()) key[name] = *part;
  }
  if (c.filter_target_key.empty() || key.size() != c.filter_target_key.size())
    throw bad_request("filterByTk invalid: each record of an update list must contain its key");
  return key.size() == 1 ? key.begin()->value() : Json(std::move(key));
}

}  // namespace

Task<Json> listed_key(data::Session& session, const Context& context, const data::WriteScope& scope,
                      const data::Collection& c, const JsonObject& record) {
  const Json key = key_in(c, record);
  const Json& rule = context.permit.rule;
  if (!rule.is_null() && !co_await data::exists(session, scope, c, key, rule)) throw forbidden();
  co_return key;
}

Task<void> check_all_in_scope(data::Session& session, const data::WriteScope& scope, const Target& target,
                              const data::Source* source, const data::ListRequest& request) {
  if (request.rule.is_null()) co_return;
  data::ListRequest whoever = request;
  whoever.rule = nullptr;
  const auto all = co_await addressed_keys(session, scope, target, source, whoever);
  const auto allowed = co_await addressed_keys(session, scope, target, source, request);
  if (all.size() > allowed.size()) throw forbidden();
}

Task<void> check_found(data::Session& session, const Context& context, const data::WriteScope& scope,
                       const Target& target, const Json& key, Json& values) {
  const Permit::Found& found = context.permit.found;
  if (!found.allowed) throw forbidden();
  if (!found.rule.is_null() && !co_await data::exists(session, scope, *target.collection, key, found.rule))
    throw forbidden();
  if (!found.whitelist) co_return;
  if (found.whitelist->empty())
    values = without_members(values);
  else
    data::guard_values(values, *found.whitelist, {});
}

Task<void> write_shown(data::Session& session, const Context& context, const data::WriteScope& scope,
                       const Target& target, const Json& key, JsonWriter& out) {
  data::SelectionRequest shown;
  shown.fields = context.permit.found.fields;
  const auto selection = data::make_selection(scope.schema, *target.collection, shown);
  data::ListRequest request;
  request.keys = key;
  const data::Records records =
      co_await data::find_records(session, scope, *target.collection, nullptr, request, *selection, 1, 0);
  if (records.rows.empty())
    out.null();
  else
    data::write_record(out, scope.schema, records, 0);
}

Task<void> check_move(data::Session& session, const Context& context, const data::WriteScope& scope,
                      const Target& target, const data::MoveRequest& request) {
  const data::Collection& c = *target.collection;
  const Json& rule = context.permit.rule;
  if (!rule.is_null() && !co_await data::exists(session, scope, c, request.source_id, rule))
    throw forbidden();
  const data::ReadLimits* limits = context.permit.read_limits();
  if (!limits || request.target_id.is_null()) co_return;
  const data::ReadLimit& view = limits->of(c.name);
  if (!view.readable || !co_await data::exists(session, scope, c, request.target_id, view.rows))
    throw forbidden();
}

}  // namespace flotilla::api
