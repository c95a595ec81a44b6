#include "data/write/relation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/write/save.hpp"

namespace flotilla::data {
namespace {

Json own_value(const Source& source) {
  if (auto number = std::get_if<std::int64_t>(&source.key)) return *number;
  if (auto text = std::get_if<std::string>(&source.key)) return Json(*text);
  if (auto instant = std::get_if<Instant>(&source.key)) return Json(instant->text);
  return nullptr;
}

Json own_key(const Source& source) {
  if (auto number = std::get_if<std::int64_t>(&source.owner_key)) return *number;
  if (auto text = std::get_if<std::string>(&source.owner_key)) return Json(*text);
  return nullptr;
}

Json linking_value(const Source& source) {
  Json value = own_value(source);
  if (value.is_null())
    throw bad_request(fmt::format("The source key {} is not set in {}",
                                  source.association->association.source_key, source.owner->name));
  return value;
}

/// The targets that exist, by the key `by`.
Task<std::vector<ThroughLink>> existing(Session& session, const WriteScope& scope, const Collection& target,
                                        const std::string& by, std::vector<ThroughLink> links) {
  std::vector<ThroughLink> out;
  for (ThroughLink& link : links) {
    std::optional<Json> key = co_await find_key(session, scope, target, by, link.target);
    if (key) out.push_back(std::move(link));
  }
  co_return out;
}

std::vector<Json> targets_of(const std::vector<ThroughLink>& links) {
  std::vector<Json> out;
  for (const ThroughLink& link : links) out.push_back(link.target);
  return out;
}

Task<void> change_through(Session& session, const WriteScope& scope, const Source& source,
                          RelationChange change, std::vector<ThroughLink> links) {
  const Field& field = *source.association;
  const Json own = linking_value(source);
  links = co_await existing(session, scope, *scope.schema.target(field), field.association.target_key,
                            std::move(links));
  switch (change) {
    case RelationChange::add:
      co_await set_through_links(session, scope, field, own, links, false);
      break;
    case RelationChange::set:
      co_await set_through_links(session, scope, field, own, links, true);
      break;
    case RelationChange::remove:
      co_await remove_through_links(session, scope, field, own, targets_of(links));
      break;
    case RelationChange::toggle: {
      std::vector<Json> before = co_await linked_targets(session, scope, field, own);
      std::vector<ThroughLink> fresh;
      std::vector<Json> gone;
      for (ThroughLink& link : links) {
        bool linked = std::ranges::any_of(
            before, [&](const Json& t) { return json::to_text(t) == json::to_text(link.target); });
        if (linked)
          gone.push_back(link.target);
        else
          fresh.push_back(std::move(link));
      }
      co_await remove_through_links(session, scope, field, own, gone);
      co_await set_through_links(session, scope, field, own, fresh, false);
    }
  }
}

Task<void> change_has(Session& session, const WriteScope& scope, const Source& source, RelationChange change,
                      const std::vector<ThroughLink>& links) {
  const Field& field = *source.association;
  const Json own = linking_value(source);
  const bool many = field.type == FieldType::has_many;
  std::vector<Json> targets = targets_of(links);
  if (!many && targets.size() > 1) targets.resize(1);
  switch (change) {
    case RelationChange::add:
      if (many) co_await point_has_links(session, scope, field, own, targets);
      break;
    case RelationChange::set:
      co_await set_has_links(session, scope, field, own, targets);
      break;
    case RelationChange::remove:
      // A hasOne has one target: it goes whatever key is given.
      if (many)
        co_await point_has_links(session, scope, field, nullptr, targets, own);
      else
        co_await set_has_links(session, scope, field, own, {});
      break;
    case RelationChange::toggle:
      break;
  }
}

/// belongsTo and belongsToArray: the key is in the source record.
Task<void> change_owned(Session& session, const WriteScope& scope, const Source& source,
                        RelationChange change, std::vector<ThroughLink> links) {
  const Field& field = *source.association;
  const Association& a = field.association;
  Json value = nullptr;
  if (field.type == FieldType::belongs_to) {
    if (change == RelationChange::add || change == RelationChange::toggle) co_return;
    if (change == RelationChange::set && !links.empty()) value = links.front().target;
  } else {
    const bool unique = source.owner->field(a.foreign_key).type == FieldType::set;
    JsonArray list;
    for (const Param& key : source.keys)
      list.push_back(std::holds_alternative<std::int64_t>(key) ? Json(std::get<std::int64_t>(key))
                                                               : Json(std::get<std::string>(key)));
    auto holds = [&](const Json& item) {
      return std::ranges::any_of(
          list, [&](const Json& have) { return json::to_text(have) == json::to_text(item); });
    };
    if (change == RelationChange::set) list.clear();
    links = co_await existing(session, scope, *scope.schema.target(field), a.target_key, std::move(links));
    for (const ThroughLink& link : links) {
      const bool there = holds(link.target);
      if (change == RelationChange::remove || (change == RelationChange::toggle && there)) {
        auto gone = std::ranges::find_if(
            list, [&](const Json& have) { return json::to_text(have) == json::to_text(link.target); });
        if (gone != list.end()) list.erase(gone);
      } else if (!unique || !there) {
        list.push_back(link.target);
      }
    }
    value = Json(std::move(list));
  }
  NestedUpdates none;
  JsonObject values{{a.foreign_key, value}};
  co_await update_record(session, scope, *source.owner, own_key(source), values, none);
}

}  // namespace

std::vector<ThroughLink> parse_links(const Json& given) {
  std::vector<ThroughLink> out;
  auto add = [&](const Json& item) {
    if (item.is_null()) return;
    if (item.is_array() && item.get_array().size() == 2 && item.get_array()[1].is_object()) {
      out.push_back({item.get_array()[0], item.get_array()[1].get_object()});
    } else if (item.is_object()) {
      throw bad_request(
          fmt::format("takes keys, or pairs of key and link attributes; got {}", json::dump(item)));
    } else {
      out.push_back({item, {}});
    }
  };
  if (given.is_array()) {
    for (const Json& item : given.get_array()) add(item);
  } else if (given.is_string()) {
    for (const std::string& key : split(std::string_view(given.get_string()), ',')) add(Json(key));
  } else {
    add(given);
  }
  return out;
}

Task<void> change_relation(Session& session, const WriteScope& scope, const Source& source,
                           RelationChange change, const Json& given) {
  if (!source.exists) throw Error(404, fmt::format("there is no such record of \"{}\"", source.owner->name));
  std::vector<ThroughLink> links = parse_links(given);
  switch (source.association->type) {
    case FieldType::belongs_to_many:
      co_await change_through(session, scope, source, change, std::move(links));
      break;
    case FieldType::has_one:
    case FieldType::has_many:
      co_await change_has(session, scope, source, change, links);
      break;
    default:
      co_await change_owned(session, scope, source, change, std::move(links));
  }
}

}  // namespace flotilla::data
