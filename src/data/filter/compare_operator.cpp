#include <fmt/format.h>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/filter/operators.hpp"
#include "data/sql/expression.hpp"

namespace flotilla::data {
namespace {

using sql::Compare;

/// Inside a JSON column there are no types: everything is compared as text, except that numbers stay comparable.
Param operand(const Operand& left, const Json& value, const FilterScope& scope) {
  if (left.path.empty()) return coerce_operand(left.field, value, scope.zone);
  return json::to_text(value);
}

std::vector<Param> operands(const Operand& left, const Json& value, const FilterScope& scope) {
  std::vector<Param> out;
  if (value.is_null()) return out;
  if (!value.is_array()) return {operand(left, value, scope)};
  for (const Json& item : value.get_array()) {
    if (!item.is_null()) out.push_back(operand(left, item, scope));
  }
  return out;
}

Fragment ordered(const Operand& left, const Fragment& place, Compare how, const Json& value, const FilterScope& scope) {
  if (value.is_object() || value.is_array())
    throw bad_request(fmt::format("Invalid value {} for field \"{}\": takes one value", json::dump(value), left.field.name));
  return sql::compare_expression(place, how, operand(left, value, scope));
}

/// The object under a `$isVar` path, null when there is none.
Json state_value(const FilterScope& scope, std::string_view path) {
  if (!scope.state) return nullptr;
  const JsonObject* at = scope.state;
  const Json* found = nullptr;
  for (const std::string& segment : split(path, '.')) {
    found = at ? json::find(*at, segment) : nullptr;
    if (!found) return nullptr;
    at = found->is_object() ? &found->get_object() : nullptr;
  }
  return *found;
}

}  // namespace

Fragment compare_operator(std::string_view op, const Operand& left, const Json& value, const FilterScope& scope, bool* known) {
  const Fragment place = left.path.empty() ? Fragment(left.column) : scope.dialect.json_path(left.column, left.path);
  const std::string& column = place.text;  // json_path binds nothing: its path is checked and quoted text
  if (op == "$eq" || op == "$is") {
    if (value.is_null()) return sql::is_null(column);
    if (value.is_array() && left.field.values != ValueClass::list) return sql::in_list(column, operands(left, value, scope));
    return sql::compare_expression(place, Compare::equal, operand(left, value, scope));
  }
  if (op == "$ne") {
    if (value.is_null()) return sql::is_not_null(column);
    if (value.is_array()) return sql::not_in_list(column, operands(left, value, scope));
    return sql::any_of({sql::compare_expression(place, Compare::not_equal, operand(left, value, scope)), sql::is_null(column)});
  }
  if (op == "$not") {
    if (value.is_null()) return sql::is_not_null(column);
    if (value.is_array()) return sql::not_in_list(column, operands(left, value, scope));
    return sql::compare_expression(place, Compare::not_equal, operand(left, value, scope));
  }
  if (op == "$in") return sql::in_list(column, operands(left, value, scope));
  if (op == "$notIn" || op == "$not_in" || op == "$notin") {
    std::vector<Param> values = operands(left, value, scope);
    // With an empty list only the null rows are left: recorded behaviour of the peer.
    if (values.empty()) return sql::is_null(column);
    return sql::any_of({sql::not_in_list(column, std::move(values)), sql::is_null(column)});
  }
  if (op == "$gt") return ordered(left, place, Compare::greater, value, scope);
  if (op == "$gte") return ordered(left, place, Compare::greater_or_equal, value, scope);
  if (op == "$lt") return ordered(left, place, Compare::less, value, scope);
  if (op == "$lte") return ordered(left, place, Compare::less_or_equal, value, scope);
  if (op == "$between" || op == "$notBetween" || op == "$not_between" || op == "$notbetween") {
    if (!value.is_array() || value.get_array().size() != 2)
      throw bad_request(fmt::format("{} takes a list of two values (field \"{}\")", op, left.field.name));
    return sql::between(column, operand(left, value.get_array()[0], scope), operand(left, value.get_array()[1], scope), op != "$between");
  }
  if (op == "$exists") return sql::is_not_null(column);
  if (op == "$notExists") return sql::is_null(column);
  if (op == "$empty" || op == "$notEmpty") {
    const bool empty = op == "$empty";
    if (left.field.values == ValueClass::list && left.path.empty())
      return list_operator(empty ? "$arrayEmpty" : "$arrayNotEmpty", left, value, scope, known);
    if (left.field.type != FieldType::string) return empty ? sql::is_null(column) : sql::is_not_null(column);
    Fragment blank = sql::compare_expression(place, empty ? Compare::equal : Compare::not_equal, std::string());
    return empty ? sql::any_of({sql::is_null(column), blank}) : sql::all_of({sql::is_not_null(column), blank});
  }
  if (op == "$isTruly" || op == "$isFalsy") {
    const bool yes = (value.is_bool() && value.get_bool()) || (value.is_string() && value.get_string() == "true");
    if (yes == (op == "$isTruly")) return sql::compare_expression(place, Compare::equal, true);
    return sql::any_of({sql::is_null(column), sql::compare_expression(place, Compare::equal, false)});
  }
  if (op == "$col") {
    if (!value.is_string()) throw bad_request("$col takes the name of a field");
    std::string other = scope.dialect.quote(std::string_view(value.get_string()));
    return sql::compare_columns(column, Compare::equal, column.substr(0, column.find('.') + 1) + other);
  }
  if (op == "$isVar") return compare_operator("$eq", left, state_value(scope, json::to_text(value)), scope, known);
  if (op == "$isCurrentUser" || op == "$isNotCurrentUser") {
    Json user = state_value(scope, "currentUser.id");
    if (user.is_null()) user = -1;
    return compare_operator(op == "$isCurrentUser" ? "$eq" : "$ne", left, user, scope, known);
  }
  *known = false;
  return {};
}

}  // namespace flotilla::data
