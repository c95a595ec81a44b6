#include "data/filter/filter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/filter/operators.hpp"
#include "data/sql/expression.hpp"

namespace flotilla::data {
namespace {

class Compiler {
 public:
  Compiler(JoinPaths& paths, const FilterScope& scope) : paths_(paths), scope_(scope) {}

  Fragment compile(const Json& filter) { return group(filter, paths_.root(), true); }

 private:
  using Segments = std::vector<std::string>;

  Fragment group(const Json& node, const JoinPaths::Stop& at, bool root) {
    std::vector<Fragment> parts;
    if (node.is_array()) {
      for (const Json& item : node.get_array()) parts.push_back(group(item, at, root));
      return sql::all_of(std::move(parts));
    }
    if (!node.is_object()) {
      if (node.is_null()) return {};
      throw bad_request(fmt::format("Invalid SQL column or table reference: a filter takes objects, got {}",
                                    json::dump(node)));
    }
    for (const auto& [key, value] : node.get_object()) parts.push_back(entry(key, value, at, root));
    return sql::all_of(std::move(parts));
  }

  Fragment entry(std::string_view key, const Json& value, const JoinPaths::Stop& at, bool root) {
    if (key == "$and" || key == "$or") return members(key, value, at, root);
    if (key == "$not") {
      std::vector<Fragment> parts{value.is_array() ? members("$and", value, at, root)
                                                   : group(value, at, root)};
      return sql::negate(sql::all_of(std::move(parts)));
    }
    return path(split(key, '.'), 0, value, at, root);
  }

  Fragment members(std::string_view how, const Json& value, const JoinPaths::Stop& at, bool root) {
    std::vector<Fragment> parts;
    if (value.is_array()) {
      for (const Json& item : value.get_array()) parts.push_back(group(item, at, root));
    } else if (value.is_object()) {
      for (const auto& [key, item] : value.get_object()) parts.push_back(entry(key, item, at, root));
    } else {
      throw bad_request(fmt::format("{} takes a list of conditions", how));
    }
    return how == "$or" ? sql::any_of(std::move(parts)) : sql::all_of(std::move(parts));
  }

  /// Walks `segments` from `i`: associations, then a field, then operators or a path into JSON.
  Fragment path(const Segments& segments, std::size_t i, const Json& value, const JoinPaths::Stop& at,
                bool root) {
    const std::string& name = segments[i];
    const Field* field = at.collection->find(name);
    if (!field && is_row_origin(name)) return row_origin(segments, i + 1, value, at);
    if (!field || field->type == FieldType::virtual_) {
      if (i > 0 || !root)
        throw bad_request(fmt::format("{} neither {}'s association nor {}'s attribute", name,
                                      at.collection->name, at.collection->name));
      if (name.starts_with('$'))
        throw bad_request(fmt::format("operator {} needs a field in front of it", name));
      throw bad_request(fmt::format("Invalid SQL column or table reference: {} has no field \"{}\"",
                                    at.collection->name, name));
    }
    if (field->type == FieldType::password)
      throw bad_request(fmt::format("field \"{}\" cannot be filtered by", name));
    if (field->is_association()) return association(*field, segments, i + 1, value, at);
    return on_field(*field, segments, i + 1, value, at);
  }

  static bool is_row_origin(std::string_view name) {
    return name == "__tableoid" || name == "tableoid" || name == "__collection";
  }

  /// `__tableoid.$childIn`: rows that belong to some of the collections that inherit. Unknown names are left
  /// out.
  Fragment row_origin(const Segments& segments, std::size_t i, const Json& value, const JoinPaths::Stop& at) {
    std::vector<Fragment> parts;
    if (i == segments.size() && value.is_object()) {
      for (const auto& [op, names] : value.get_object()) parts.push_back(row_origin({op}, 0, names, at));
      return sql::all_of(std::move(parts));
    }
    const std::string op = i + 1 == segments.size() ? segments[i] : std::string();
    if (op != "$childIn" && op != "$childNotIn")
      throw bad_request("which collection a record belongs to is asked with $childIn and $childNotIn");
    std::vector<std::string> tables;
    auto add = [&](const Json& name) {
      const std::string text = json::to_text(name);
      const Collection* c = scope_.schema.find(text);
      const bool here = text == at.collection->name || std::ranges::find(at.collection->descendants, text) !=
                                                           at.collection->descendants.end();
      if (c && here) tables.push_back(c->table);
    };
    if (value.is_array())
      std::ranges::for_each(value.get_array(), add);
    else
      add(value);
    const bool in = op == "$childIn";
    if (tables.empty()) return in ? sql::nothing() : sql::anything();
    Fragment condition = scope_.dialect.row_in_tables(at.alias, tables);
    if (condition.empty()) return in ? sql::nothing() : sql::anything();
    return count(in ? std::move(condition) : sql::negate(std::move(condition)));
  }

  Fragment association(const Field& field, const Segments& segments, std::size_t i, const Json& value,
                       const JoinPaths::Stop& at) {
    auto exists = [&](std::string_view op) {
      JoinPaths::Stop stop = paths_.follow(at, field);
      const Field* key = stop.collection->primary_key();
      const std::string column = paths_.column(stop, key ? *key : stop.collection->field("id"));
      return op == "$exists" ? sql::is_not_null(column) : sql::is_null(column);
    };
    auto is_existence = [](std::string_view op) { return op == "$exists" || op == "$notExists"; };
    if (i < segments.size()) {
      if (is_existence(segments[i]) && i + 1 == segments.size()) return count(exists(segments[i]));
      const bool group = segments[i] == "$and" || segments[i] == "$or" || segments[i] == "$not";
      if (group && i + 1 == segments.size())
        return entry(segments[i], value, paths_.follow(at, field), false);
      return path(segments, i, value, paths_.follow(at, field), false);
    }
    if (!value.is_object())
      throw bad_request(fmt::format(
          "Invalid SQL column or table reference: \"{}\" is an association; filter by one of its fields",
          field.name));
    std::vector<Fragment> parts;
    for (const auto& [key, item] : value.get_object()) {
      if (is_existence(key))
        parts.push_back(count(exists(key)));
      else
        parts.push_back(entry(key, item, paths_.follow(at, field), false));
    }
    return sql::all_of(std::move(parts));
  }

  Fragment on_field(const Field& field, const Segments& segments, std::size_t i, const Json& value,
                    const JoinPaths::Stop& at) {
    const std::string column = paths_.column(at, field);
    if (i == segments.size()) {
      if (value.is_object()) return field_object(field, column, {}, value.get_object());
      return count(apply_operator("$eq", {field, column, {}}, value, scope_));
    }
    if (segments[i].starts_with('$')) {
      if (i + 1 != segments.size())
        throw bad_request(
            fmt::format("operator {} must come last in \"{}\"", segments[i], join(segments, ".")));
      return count(apply_operator(segments[i], {field, column, {}}, value, scope_));
    }
    Segments inner(segments.begin() + static_cast<std::ptrdiff_t>(i), segments.end());
    check_has_places(field, join(segments, "."));
    std::string op = "$eq";
    if (inner.back().starts_with('$')) {
      op = inner.back();
      inner.pop_back();
    }
    if (value.is_object() && op == "$eq") return field_object(field, column, inner, value.get_object());
    return count(apply_operator(op, {field, column, inner}, value, scope_));
  }

  /// `{"$gt": 5, "$lt": 9}` or, on a JSON column, deeper keys.
  Fragment field_object(const Field& field, const std::string& column, const Segments& inner,
                        const JsonObject& object) {
    std::vector<Fragment> parts;
    for (const auto& [key, item] : object) {
      if (std::string_view(key).starts_with('$')) {
        parts.push_back(count(apply_operator(key, {field, column, inner}, item, scope_)));
        continue;
      }
      Segments deeper = inner;
      for (std::string& segment : split(key, '.')) deeper.push_back(std::move(segment));
      check_has_places(field, json::dump(Json(object)));
      if (item.is_object()) {
        parts.push_back(field_object(field, column, deeper, item.get_object()));
      } else {
        std::string op = "$eq";
        if (deeper.back().starts_with('$')) {
          op = deeper.back();
          deeper.pop_back();
        }
        parts.push_back(count(apply_operator(op, {field, column, deeper}, item, scope_)));
      }
    }
    return sql::all_of(std::move(parts));
  }

  void check_has_places(const Field& field, std::string_view given) const {
    if (field.values != ValueClass::json && field.values != ValueClass::list)
      throw bad_request(
          fmt::format("Invalid value {} for field \"{}\": only JSON has paths", given, field.name));
  }

  Fragment count(Fragment term) {
    if (++terms_ > kFilterTermsMax)
      throw bad_request(fmt::format("the filter has too many conditions: at most {}", kFilterTermsMax));
    return term;
  }

  JoinPaths& paths_;
  const FilterScope& scope_;
  int terms_ = 0;
};

}  // namespace

Fragment compile_filter(const Json& filter, JoinPaths& paths, const FilterScope& scope) {
  // A bare number, text or boolean is no condition, as the peer has it.
  if (!filter.is_object() && !filter.is_array()) return {};
  return Compiler(paths, scope).compile(filter);
}

bool is_valid_filter(const Json& filter) {
  if (filter.is_array()) return std::ranges::any_of(filter.get_array(), is_valid_filter);
  if (!filter.is_object()) return false;
  for (const auto& [key, value] : filter.get_object()) {
    if (key == "$and" || key == "$or" || key == "$not") {
      if (is_valid_filter(value)) return true;
    } else if (!value.is_object() || !value.get_object().empty()) {
      return true;
    }
  }
  return false;
}

}  // namespace flotilla::data
