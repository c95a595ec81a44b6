#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/filter/operators.hpp"
#include "data/sql/expression.hpp"

namespace flotilla::data {
namespace {

using sql::Compare;

constexpr std::size_t kListInlineMax = 500;  ///< longer lists are bound as one value

/// Inside a JSON column the value given decides: numbers are compared as numbers, all else as text.
bool as_number(const Json& value) {
  if (!value.is_array()) return value.is_number();
  const JsonArray& items = value.get_array();
  return std::ranges::any_of(items, &Json::is_number) &&
         std::ranges::all_of(items, [](const Json& item) { return item.is_number() || item.is_null(); });
}

std::string place_of(const Operand& left, const Json& value, const FilterScope& scope) {
  if (left.path.empty()) return left.column;
  return as_number(value) ? scope.dialect.json_number(left.column, left.path)
                          : scope.dialect.json_path(left.column, left.path);
}

Param operand(const Operand& left, const Json& value, const FilterScope& scope, bool numbers) {
  if (left.path.empty()) return coerce_operand(left.field, value, scope.zone);
  if (!numbers) return json::to_text(value);
  return value.is_int64() ? Param(value.get_int64()) : Param(value.to_number<double>());
}

std::vector<Param> operands(const Operand& left, const Json& value, const FilterScope& scope) {
  std::vector<Param> out;
  if (value.is_null()) return out;
  const bool numbers = as_number(value);
  if (!value.is_array()) return {operand(left, value, scope, numbers)};
  for (const Json& item : value.get_array()) {
    if (!item.is_null()) out.push_back(operand(left, item, scope, numbers));
  }
  return out;
}

Fragment one_of(const std::string& column, std::vector<Param> values, const FilterScope& scope) {
  return values.size() > kListInlineMax ? scope.dialect.in_keys(column, std::move(values))
                                        : sql::in_list(column, std::move(values));
}

Fragment none_of(const std::string& column, std::vector<Param> values, const FilterScope& scope) {
  if (values.size() > kListInlineMax) return sql::negate(scope.dialect.in_keys(column, std::move(values)));
  return sql::not_in_list(column, std::move(values));
}

Fragment ordered(const Operand& left, const std::string& column, Compare how, const Json& value,
                 const FilterScope& scope) {
  if (value.is_object() || value.is_array())
    throw bad_request(fmt::format("Invalid value {} for field \"{}\": takes one value", json::dump(value),
                                  left.field.name));
  return sql::compare(column, how, operand(left, value, scope, value.is_number()));
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

Fragment compare_operator(std::string_view op, const Operand& left, const Json& value,
                          const FilterScope& scope, bool* known) {
  const std::string column = place_of(left, value, scope);
  auto given = [&] { return operand(left, value, scope, value.is_number()); };
  if (op == "$eq" || op == "$is") {
    if (value.is_null()) return sql::is_null(column);
    if (value.is_array() && left.field.values != ValueClass::list)
      return one_of(column, operands(left, value, scope), scope);
    return sql::compare(column, Compare::equal, given());
  }
  if (op == "$ne") {
    if (value.is_null()) return sql::is_not_null(column);
    if (value.is_array()) return none_of(column, operands(left, value, scope), scope);
    return sql::any_of({sql::compare(column, Compare::not_equal, given()), sql::is_null(column)});
  }
  if (op == "$not") {
    if (value.is_null()) return sql::is_not_null(column);
    if (value.is_array()) return none_of(column, operands(left, value, scope), scope);
    return sql::compare(column, Compare::not_equal, given());
  }
  if (op == "$in") return one_of(column, operands(left, value, scope), scope);
  if (op == "$notIn" || op == "$not_in" || op == "$notin") {
    std::vector<Param> values = operands(left, value, scope);
    // With an empty list only the null rows are left: recorded behaviour of the peer.
    if (values.empty()) return sql::is_null(column);
    return sql::any_of({none_of(column, std::move(values), scope), sql::is_null(column)});
  }
  if (op == "$gt") return ordered(left, column, Compare::greater, value, scope);
  if (op == "$gte") return ordered(left, column, Compare::greater_or_equal, value, scope);
  if (op == "$lt") return ordered(left, column, Compare::less, value, scope);
  if (op == "$lte") return ordered(left, column, Compare::less_or_equal, value, scope);
  if (op == "$between" || op == "$notBetween" || op == "$not_between" || op == "$notbetween") {
    if (!value.is_array() || value.get_array().size() != 2)
      throw bad_request(fmt::format("{} takes a list of two values (field \"{}\")", op, left.field.name));
    const JsonArray& ends = value.get_array();
    const bool numbers = ends[0].is_number() && ends[1].is_number();
    const std::string place =
        left.path.empty() || numbers ? column : scope.dialect.json_path(left.column, left.path);
    return sql::between(place, operand(left, ends[0], scope, numbers), operand(left, ends[1], scope, numbers),
                        op != "$between");
  }
  if (op == "$exists") return sql::is_not_null(column);
  if (op == "$notExists") return sql::is_null(column);
  if (op == "$empty" || op == "$notEmpty") {
    const bool empty = op == "$empty";
    if (left.field.values == ValueClass::list && left.path.empty())
      return list_operator(empty ? "$arrayEmpty" : "$arrayNotEmpty", left, value, scope, known);
    if (left.field.type != FieldType::string) return empty ? sql::is_null(column) : sql::is_not_null(column);
    Fragment blank = sql::compare(column, empty ? Compare::equal : Compare::not_equal, std::string());
    return empty ? sql::any_of({sql::is_null(column), blank})
                 : sql::all_of({sql::is_not_null(column), blank});
  }
  if (op == "$isTruly" || op == "$isFalsy") {
    const bool yes =
        (value.is_bool() && value.get_bool()) || (value.is_string() && value.get_string() == "true");
    const std::string place = left.path.empty() ? column : scope.dialect.json_path(left.column, left.path);
    auto is = [&](bool wanted) {
      return sql::compare(place, Compare::equal,
                          left.path.empty() ? Param(wanted) : Param(std::string(wanted ? "true" : "false")));
    };
    if (yes == (op == "$isTruly")) return is(true);
    return sql::any_of({sql::is_null(place), is(false)});
  }
  if (op == "$col") {
    if (!value.is_string() || !left.path.empty())
      throw bad_request("$col compares a field with the one it names");
    std::string other = scope.dialect.quote(std::string_view(value.get_string()));
    return sql::compare_columns(column, Compare::equal, column.substr(0, column.find('.') + 1) + other);
  }
  if (op == "$isVar")
    return compare_operator("$eq", left, state_value(scope, json::to_text(value)), scope, known);
  if (op == "$isCurrentUser" || op == "$isNotCurrentUser") {
    Json user = state_value(scope, "currentUser.id");
    if (user.is_null()) user = -1;
    return compare_operator(op == "$isCurrentUser" ? "$eq" : "$ne", left, user, scope, known);
  }
  *known = false;
  return {};
}

}  // namespace flotilla::data
