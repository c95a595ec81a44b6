#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/filter/operators.hpp"
#include "data/sql/expression.hpp"

namespace flotilla::data {
namespace {

std::vector<std::string> texts(const Json& value) {
  std::vector<std::string> out;
  if (value.is_array()) {
    for (const Json& item : value.get_array()) out.push_back(json::to_text(item));
  } else if (!value.is_null()) {
    out.push_back(json::to_text(value));
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace

Fragment list_operator(std::string_view op, const Operand& left, const Json& value, const FilterScope& scope,
                       bool* known) {
  static constexpr std::string_view kOperators[] = {"$match",  "$notMatch",   "$anyOf",
                                                    "$noneOf", "$arrayEmpty", "$arrayNotEmpty"};
  if (std::ranges::find(kOperators, op) == std::end(kOperators)) {
    *known = false;
    return {};
  }
  if (!left.path.empty())
    throw bad_request(fmt::format("{} takes a field, not a path into \"{}\"", op, left.field.name));
  if (left.field.values != ValueClass::list && left.field.values != ValueClass::json)
    throw bad_request(fmt::format("{} takes fields that hold a list; \"{}\" is of type {}", op,
                                  left.field.name, field_type_info(left.field.type).name));

  const Dialect& dialect = scope.dialect;
  const Fragment length = dialect.array_length(left.column);
  if (op == "$match") return dialect.array_same_set(left.column, texts(value));
  if (op == "$notMatch") return sql::negate(dialect.array_same_set(left.column, texts(value)));
  if (op == "$anyOf") return dialect.array_any_of(left.column, texts(value));
  if (op == "$noneOf")
    return sql::any_of(
        {sql::is_null(left.column), sql::negate(dialect.array_any_of(left.column, texts(value)))});
  if (op == "$arrayEmpty")
    return sql::any_of(
        {sql::is_null(left.column), sql::compare_expression(length, sql::Compare::equal, std::int64_t{0})});
  return sql::compare_expression(length, sql::Compare::greater, std::int64_t{0});
}

}  // namespace flotilla::data
