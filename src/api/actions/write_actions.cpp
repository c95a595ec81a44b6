#include <fmt/format.h>

#include "api/actions/actions.hpp"
#include "api/actions/target.hpp"
#include "api/actions/write_limits.hpp"
#include "api/services.hpp"
#include "api/write_check.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/write/destroy.hpp"
#include "data/write/links.hpp"
#include "data/write/move.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

using data::Saved;

inline constexpr std::size_t kRecordsMax = 10000;  ///< in one create or update

/// Runs `write` in a transaction; it writes the value of `data`.
Task<std::string> answer_of_write(
    Context& context, std::function<Task<void>(data::Session&, const data::WriteScope&, JsonWriter&)> write) {
  std::string body;
  auto run = [&](data::Session& session, const data::WriteScope& scope) -> Task<void> {
    body.clear();
    JsonWriter out(body);
    out.begin_object();
    out.key("data");
    co_await write(session, scope, out);
    out.end_object();
  };
  co_await run_in_transaction(context, run);
  co_return body;
}

Json guarded_values(const Context& context) {
  Json values = context.params.values;
  // To the data layer an empty list means everything.
  if (context.params.whitelist && context.params.whitelist->empty()) return without_members(values);
  std::vector<std::string> whitelist,
      blacklist(context.params.blacklist.begin(), context.params.blacklist.end());
  if (context.params.whitelist)
    whitelist.assign(context.params.whitelist->begin(), context.params.whitelist->end());
  data::guard_values(values, whitelist, blacklist);
  return values;
}

data::NestedUpdates nested_updates(const Context& context, bool creating) {
  data::NestedUpdates updates;
  updates.all_of_root = creating;
  updates.paths.insert(context.params.update_association_values.begin(),
                       context.params.update_association_values.end());
  return updates;
}

const JsonObject& as_record(const Json& values) {
  if (values.is_object()) return values.get_object();
  throw bad_request("a record must be a JSON object");
}

Json key_value(const data::Param& param) {
  if (auto number = std::get_if<std::int64_t>(&param)) return *number;
  if (auto text = std::get_if<std::string>(&param)) return Json(*text);
  if (auto instant = std::get_if<data::Instant>(&param)) return Json(instant->text);
  return nullptr;
}

/// Creates a record; through an association it is linked to the source.
Task<Saved> create_one(data::Session& session, const data::WriteScope& scope, const Target& target,
                       const data::Source* source, const JsonObject& values,
                       const data::NestedUpdates& updates) {
  if (!source) co_return co_await data::create_record(session, scope, *target.collection, values, updates);
  if (!source->exists) throw Error(404, fmt::format("there is no such record of \"{}\"", target.owner->name));
  const data::Association& a = target.association->association;
  const Json own = key_value(source->key);
  if (target.association->type == data::FieldType::has_many ||
      target.association->type == data::FieldType::has_one) {
    if (own.is_null())
      throw bad_request(fmt::format("The source key {} is not set in {}", a.source_key, target.owner->name));
    if (target.association->type == data::FieldType::has_one)
      co_await data::set_has_links(session, scope, *target.association, own, {});
    JsonObject fixed{{a.foreign_key, own}};
    co_return co_await data::create_record(session, scope, *target.collection, values, updates, {}, fixed);
  }
  Saved saved = co_await data::create_record(session, scope, *target.collection, values, updates);
  Json document = co_await data::read_document(session, scope, *target.collection, saved.key);
  const Json link = document.as_object().at(a.target_key);
  if (target.association->type == data::FieldType::belongs_to_many) {
    std::vector<data::ThroughLink> links{{link, {}}};
    co_await data::set_through_links(session, scope, *target.association, own, links, false);
  } else {
    JsonObject owner_values{{a.foreign_key, link}};
    data::NestedUpdates none;
    co_await data::update_record(session, scope, *target.owner, key_value(source->owner_key), owner_values,
                                 none);
  }
  co_return saved;
}

Task<std::string> run_create(Context& context) {
  const Target target = target_of(context);
  Json given = guarded_values(context);
  if (given.is_array() && given.get_array().size() > kRecordsMax)
    throw bad_request(fmt::format("at most {} records in one create", kRecordsMax));
  co_await hash_passwords(context, *target.collection, given);
  const data::NestedUpdates updates = nested_updates(context, true);
  co_return co_await answer_of_write(
      context, [&](data::Session& session, const data::WriteScope& scope, JsonWriter& out) -> Task<void> {
        std::optional<data::Source> source = co_await source_of(session, context, target, scope, true);
        const data::Source* through = source ? &*source : nullptr;
        Json values = given;
        co_await check_nested(context, session, scope, *target.collection, values, context.params.whitelist);
        if (!values.is_array()) {
          Saved saved = co_await create_one(session, scope, target, through, as_record(values), updates);
          co_await data::write_saved(session, scope, saved, out, nullptr, context.permit.read_limits());
          co_return;
        }
        out.begin_array();
        for (const Json& item : values.get_array()) {
          Saved saved = co_await create_one(session, scope, target, through, as_record(item), updates);
          co_await data::write_saved(session, scope, saved, out, nullptr, context.permit.read_limits());
        }
        out.end_array();
      });
}

/// Attributes of the link row come under the through collection's name.
Task<void> update_link(data::Session& session, const data::WriteScope& scope, const Target& target,
                       const data::Source* source, const Json& key, const JsonObject& values) {
  if (!source || target.association->type != data::FieldType::belongs_to_many) co_return;
  const data::Association& a = target.association->association;
  const Json* link_values = json::find(values, a.through);
  if (!link_values || !link_values->is_object()) co_return;
  Json document = co_await data::read_document(session, scope, *target.collection, key);
  std::vector<data::ThroughLink> links{{document.as_object().at(a.target_key), link_values->get_object()}};
  co_await data::set_through_links(session, scope, *target.association, key_value(source->key), links, false);
}

/// The records of a list are addressed by their keys, which need not be writable.
void keep_keys(const Context& context, const data::Collection& c, Json& values) {
  const data::Field* key = c.key_field();
  if (!key || !values.is_array()) return;
  const JsonArray& given = context.params.values.get_array();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Json* id = given[i].is_object() ? json::find(given[i].get_object(), key->name) : nullptr;
    if (id && values.at(i).is_object()) values.at(i).get_object()[key->name] = *id;
  }
}

Task<std::string> run_update(Context& context) {
  const Target target = target_of(context);
  Json given = guarded_values(context);
  keep_keys(context, *target.collection, given);
  co_await hash_passwords(context, *target.collection, given);
  const data::NestedUpdates updates = nested_updates(context, false);
  data::ListRequest request = list_request(context);
  const bool single = target.association && context.route.has_source_id && !target.to_many();
  if (single) request.keys.reset();
  co_return co_await answer_of_write(
      context, [&](data::Session& session, const data::WriteScope& scope, JsonWriter& out) -> Task<void> {
        std::optional<data::Source> source = co_await source_of(session, context, target, scope, false);
        const data::Source* through = source ? &*source : nullptr;
        Json values = given;
        co_await check_nested(context, session, scope, *target.collection, values, context.params.whitelist);
        if (values.is_array()) {
          out.begin_array();
          for (const Json& item : values.get_array()) {
            const Json key =
                co_await listed_key(session, context, scope, *target.collection, as_record(item));
            Saved saved = co_await data::update_record(session, scope, *target.collection, key,
                                                       as_record(item), updates);
            co_await data::write_saved(session, scope, saved, out, nullptr, context.permit.read_limits());
          }
          out.end_array();
          co_return;
        }
        const JsonObject& changes = as_record(values);
        std::vector<Json> keys = co_await addressed_keys(session, scope, target, through, request);
        if (single && keys.empty()) throw Error(404, "The record does not exist");
        if (!single) out.begin_array();
        for (const Json& key : keys) {
          Saved saved =
              co_await data::update_record(session, scope, *target.collection, key, changes, updates);
          co_await update_link(session, scope, target, through, saved.key, changes);
          co_await data::write_saved(
              session, scope, saved, out,
              through && target.association->type == data::FieldType::belongs_to_many ? through : nullptr,
              context.permit.read_limits());
        }
        if (!single) out.end_array();
      });
}

Task<std::string> run_destroy(Context& context) {
  const Target target = target_of(context);
  const data::ListRequest request = list_request(context);
  co_return co_await answer_of_write(
      context, [&](data::Session& session, const data::WriteScope& scope, JsonWriter& out) -> Task<void> {
        std::optional<data::Source> source = co_await source_of(session, context, target, scope, false);
        const data::Source* through = source ? &*source : nullptr;
        if (request.keys) co_await check_all_in_scope(session, scope, target, through, request);
        const std::int64_t count =
            co_await data::destroy_records(session, scope, *target.collection, through, request);
        if (target.association)
          out.boolean(true);
        else
          out.integer(count);
      });
}

/// `{"author.name": …}` for each of the filter keys, from the values.
Json filter_of_keys(const JsonObject& values, const NameList& keys) {
  JsonObject filter;
  for (const std::string& path : keys) {
    const JsonObject* at = &values;
    const Json* value = nullptr;
    for (const std::string& segment : split(path, '.')) {
      value = at ? json::find(*at, segment) : nullptr;
      at = value && value->is_object() ? &value->get_object() : nullptr;
    }
    filter[path] = value ? *value : Json(nullptr);
  }
  return filter;
}

Task<std::string> find_or_create(Context& context, bool update) {
  const Target target = target_of(context);
  if (context.params.filter_keys.empty())
    throw bad_request("filterKeys is required: the fields that identify the record");
  Json given = guarded_values(context);
  co_await hash_passwords(context, *target.collection, given);
  data::ListRequest request;
  request.filter = filter_of_keys(as_record(given), context.params.filter_keys);
  co_return co_await answer_of_write(
      context, [&](data::Session& session, const data::WriteScope& scope, JsonWriter& out) -> Task<void> {
        std::optional<data::Source> source = co_await source_of(session, context, target, scope, true);
        const data::Source* through = source ? &*source : nullptr;
        std::vector<Json> keys = co_await addressed_keys(session, scope, target, through, request);
        Json values = given;
        if (!keys.empty()) co_await check_found(session, context, scope, target, keys.front(), values);
        const auto& writable = keys.empty() ? context.params.whitelist : context.permit.found.whitelist;
        co_await check_nested(context, session, scope, *target.collection, values, writable);
        const JsonObject& record = as_record(values);
        if (keys.empty()) {
          const data::NestedUpdates updates = nested_updates(context, true);
          Saved saved = co_await create_one(session, scope, target, through, record, updates);
          co_await data::write_saved(session, scope, saved, out, nullptr, context.permit.read_limits());
          co_return;
        }
        Saved saved{target.collection, keys.front(), {}};
        if (update) {
          const data::NestedUpdates updates = nested_updates(context, false);
          saved =
              co_await data::update_record(session, scope, *target.collection, keys.front(), record, updates);
        }
        if (!update && context.permit.found.fields) {
          co_await write_shown(session, context, scope, target, saved.key, out);
          co_return;
        }
        const bool as_list = update && !target.association;
        if (as_list) out.begin_array();
        co_await data::write_saved(
            session, scope, saved, out,
            through && target.association->type == data::FieldType::belongs_to_many ? through : nullptr,
            context.permit.read_limits());
        if (as_list) out.end_array();
      });
}

Task<std::string> run_move(Context& context) {
  const Target target = target_of(context);
  if (target.association && target.association->type != data::FieldType::has_many)
    throw bad_request("move works on collections and hasMany associations");
  auto param = [&](std::string_view name) {
    const Json* value = context.params.find(name);
    return value ? *value : Json(nullptr);
  };
  data::MoveRequest request;
  request.source_id = param("sourceId");
  request.target_id = param("targetId");
  request.target_scope = param("targetScope");
  request.sort_field = context.params.text("sortField");
  if (request.sort_field.empty())
    request.sort_field = target.association ? target.association->association.foreign_key + "Sort" : "sort";
  request.sticky = context.params.flag("sticky");
  request.insert_after = context.params.text("method") == "insertAfter";
  request.prepend = context.params.text("method") == "prepend";
  if (context.params.whitelist) request.writable = context.params.whitelist;
  if (request.source_id.is_null()) throw bad_request("sourceId is required");
  co_return co_await answer_of_write(
      context, [&](data::Session& session, const data::WriteScope& scope, JsonWriter& out) -> Task<void> {
        co_await check_move(session, context, scope, target, request);
        co_await data::move_record(session, scope, *target.collection, request);
        out.string("ok");
      });
}

}  // namespace

void register_write_actions(ActionRegistry& registry) {
  registry.add("*:create", Access::granted, run_create);
  registry.add("*:update", Access::granted, run_update);
  registry.add("*:destroy", Access::granted, run_destroy);
  registry.add("*:move", Access::granted, run_move);
  // Roles are granted it, so that who may not is told so; there is nothing behind it yet.
  registry.add("*:export", Access::granted, [](Context&) -> Task<std::string> { throw not_found(); });
  registry.add("*:firstOrCreate", Access::granted,
               [](Context& context) { return find_or_create(context, false); });
  registry.add("*:updateOrCreate", Access::granted,
               [](Context& context) { return find_or_create(context, true); });
}

}  // namespace flotilla::api
