#include <fmt/format.h>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/filter/operators.hpp"
#include "data/sql/expression.hpp"

namespace flotilla::data {
namespace {

struct Match {
  std::string_view op;
  TextMatch how;
  bool negate;
};

constexpr Match kMatches[] = {
    {"$includes", TextMatch::includes, false},      {"$notIncludes", TextMatch::includes, true},
    {"$startsWith", TextMatch::starts_with, false}, {"$notStartsWith", TextMatch::starts_with, true},
    {"$endWith", TextMatch::ends_with, false},      {"$notEndWith", TextMatch::ends_with, true},
};

std::string_view text_value(std::string_view op, const Operand& left, const Json& value) {
  if (!value.is_string())
    throw bad_request(
        fmt::format("{} takes text, got {} (field \"{}\")", op, json::dump(value), left.field.name));
  return value.get_string();
}

std::string escape_pattern(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

Fragment like(const Operand& left, const std::string& column, const FilterScope& scope, std::string pattern,
              bool ignore_case, bool negate) {
  if (left.path.empty() && left.field.values != ValueClass::text)
    return scope.dialect.like(scope.dialect.cast_text(column), pattern, ignore_case, negate);
  return scope.dialect.like(column, pattern, ignore_case, negate);
}

}  // namespace

Fragment text_operator(std::string_view op, const Operand& left, const Json& value, const FilterScope& scope,
                       bool* known) {
  const std::string column =
      left.path.empty() ? left.column : scope.dialect.json_path(left.column, left.path);
  for (const Match& match : kMatches) {
    if (op != match.op) continue;
    if (value.is_null() && match.how == TextMatch::includes)
      return match.negate ? sql::is_not_null(column) : sql::is_null(column);
    std::vector<Fragment> parts;
    if (value.is_array()) {
      if (value.get_array().size() > kFilterTermsMax)
        throw bad_request(
            fmt::format("{} takes at most {} texts (field \"{}\")", op, kFilterTermsMax, left.field.name));
      for (const Json& item : value.get_array())
        parts.push_back(
            scope.dialect.match_text(column, match.how, text_value(op, left, item), match.negate));
    } else {
      parts.push_back(scope.dialect.match_text(column, match.how, text_value(op, left, value), match.negate));
    }
    return match.negate ? sql::all_of(std::move(parts)) : sql::any_of(std::move(parts));
  }
  auto is = [&](std::string_view camel) {
    return op == camel || op == lower(camel) || op == "$" + snake_case(camel.substr(1));
  };
  auto text = [&] { return std::string(text_value(op, left, value)); };
  if (is("$like")) return like(left, column, scope, text(), false, false);
  if (is("$notLike")) return like(left, column, scope, text(), false, true);
  if (is("$iLike")) return like(left, column, scope, text(), true, false);
  if (is("$notILike")) return like(left, column, scope, text(), true, true);
  if (is("$substring")) return like(left, column, scope, "%" + escape_pattern(text()) + "%", false, false);
  if (is("$endsWith")) return like(left, column, scope, "%" + escape_pattern(text()), false, false);
  if (is("$regexp")) return scope.dialect.regexp(column, text(), false);
  if (is("$notRegexp")) return scope.dialect.regexp(column, text(), true);
  *known = false;
  return {};
}

}  // namespace flotilla::data
