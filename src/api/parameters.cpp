#include "api/parameters.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "api/json_text.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

/// Names that routing decides; a query cannot set them.
bool is_routing_name(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames = {
      "resourceName", "resourceIndex", "associatedName", "associatedIndex", "actionName"};
  return std::ranges::find(kNames, name) != kNames.end();
}

/// Keys come as text; `{…}` and `[…]` in it are JSON, an object with indexes is a long array.
Json read_key(const Json& value) {
  if (!value.is_string()) return array_of_indexes(value);
  std::string text = json::to_text(value);
  if (text.empty()) return nullptr;
  if (text.front() == '{' || text.front() == '[') {
    auto parsed = read_json_text(text);
    if (parsed) return array_of_indexes(std::move(*parsed));
    if (parsed.error().limit) throw bad_request("filterByTk: " + parsed.error().message);
  }
  return value;
}

/// Scalars filter nothing, whatever they are; the flag says whether `value` was text that is no JSON.
Json read_filter(const Json& value, bool& malformed) {
  Json filter = value;
  if (value.is_string()) {
    auto parsed = read_json_text(json::to_text(value));
    if (!parsed) {
      if (parsed.error().limit) throw bad_request("filter: " + parsed.error().message);
      malformed = true;
      return nullptr;
    }
    filter = std::move(*parsed);
  }
  bool tree = filter.is_object() || (filter.is_array() && !filter.get_array().empty());
  bool words = filter.is_string() && !filter.get_string().empty();
  return tree || words ? filter : Json(nullptr);
}

void narrow(std::optional<NameList>& allowed, const Json& value) {
  NameList names = read_names(value);
  if (names.empty()) return;
  allowed = allowed ? intersection(*allowed, names) : std::move(names);
}

void merge_values(Json& into, const Json& from) {
  if (into.is_object() && from.is_object())
    json::merge(into.get_object(), from.get_object());
  else
    into = from;
}

bool is_empty(const Json& body) {
  return (body.is_object() && body.get_object().empty()) || (body.is_string() && body.get_string().empty()) ||
         body.is_null();
}

}  // namespace

void Params::merge(const JsonObject& layer) {
  for (const auto& [name, value] : layer) {
    if (name == "filter") {
      Json more = read_filter(value, swallowed);
      if (!filter.is_null() && !more.is_null())
        filter = JsonObject{{"$and", JsonArray{std::move(filter), std::move(more)}}};
      else if (!more.is_null())
        filter = std::move(more);
    } else if (name == "filterByTk") {
      filter_by_tk = read_key(value);
    } else if (name == "fields") {
      narrow(fields, value);
    } else if (name == "whitelist") {
      narrow(whitelist, value);
    } else if (name == "blacklist") {
      // United, not intersected: a caller must not be able to shorten a list that protects columns.
      blacklist = union_of(blacklist, read_names(value));
    } else if (name == "appends") {
      appends = union_of(appends, read_names(value));
    } else if (name == "except") {
      except = union_of(except, read_names(value));
    } else if (name == "sort") {
      sort = read_names(value);
    } else if (name == "updateAssociationValues") {
      update_association_values = read_names(value);
    } else if (name == "filterKeys") {
      filter_keys = read_names(value);
    } else if (name == "values") {
      merge_values(values, value);
    } else if (!is_routing_name(name)) {
      Json* mine = others.if_contains(name);
      if (mine)
        merge_values(*mine, value);
      else
        others[name] = value;
    }
  }
}

const JsonObject* Params::checked_filter() const {
  if (filter.is_null()) return nullptr;
  if (!filter.is_object())
    throw bad_request(filter.is_array() ? "filter must be an object, not an array"
                                        : "filter must be an object, not a text");
  return &filter.get_object();
}

std::string Params::text(std::string_view name) const {
  const Json* value = find(name);
  if (!value || value->is_null() || value->is_object() || value->is_array()) return {};
  return json::to_text(*value);
}

bool Params::flag(std::string_view name) const {
  const Json* value = find(name);
  if (!value || !json::truthy(*value)) return false;
  std::string_view word = json::text(others, name);
  return word != "false" && word != "0";
}

Params make_params(const Route& route, const JsonObject& query, Json body, const JsonObject& defaults) {
  Params params;
  params.merge(defaults);
  if (route.key) params.filter_by_tk = read_key(Json(*route.key));
  params.merge(query);
  // An empty body is no body. Otherwise the body replaces the values of the query, but not those of the
  // defaults.
  if (!is_empty(body)) {
    params.values = JsonObject{};
    if (const Json* preset = json::find(defaults, "values")) params.values = *preset;
    merge_values(params.values, body);
  }
  return params;
}

}  // namespace flotilla::api
