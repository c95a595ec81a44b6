#include "data/read/read_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {

bool ReadLimit::shows(const Field& field) const {
  const auto& list = field.is_association() ? appends : fields;
  return !list || std::ranges::find(*list, field.name) != list->end();
}

const ReadLimit& ReadLimits::of(std::string_view collection) const {
  static const ReadLimit kNone{false, std::nullopt, std::nullopt, nullptr};
  auto at = limits_.find(collection);
  return at == limits_.end() ? kNone : at->second;
}

Fragment rule_condition(const Dialect& dialect, const RequestScope& scope, const Collection& c,
                        std::string_view alias, const Json& filter) {
  if (!filter.is_object() && !filter.is_array()) return {};
  JoinPaths paths(scope.schema, dialect, c, std::string(alias), "r");
  Fragment condition = compile_filter(filter, paths, scope.filter(dialect));
  if (condition.empty() || paths.joins().empty()) return condition;
  const Field* key = c.primary_key() ? c.primary_key() : c.key_field();
  if (!key)
    throw forbidden(fmt::format(
        "No permissions: \"{}\" has no single key, so that a scope cannot reach into other collections",
        c.name));
  constexpr std::string_view kInner = "s";
  JoinPaths inner_paths(scope.schema, dialect, c, std::string(kInner), "r");
  sql::Select inner;
  inner.table = c.table;
  inner.alias = kInner;
  inner.columns = {sql::column(dialect, kInner, key->column)};
  inner.where = compile_filter(filter, inner_paths, scope.filter(dialect));
  inner.joins = inner_paths.joins();
  return sql::in_query(sql::column(dialect, alias, key->column), sql::select(dialect, inner));
}

Fragment row_limit(const Dialect& dialect, const RequestScope& scope, const ReadLimits* limits,
                   const Collection& c, std::string_view alias) {
  if (!limits) return {};
  const ReadLimit& limit = limits->of(c.name);
  if (!limit.readable) return sql::nothing();
  return rule_condition(dialect, scope, c, alias, limit.rows);
}

void limit_joins(JoinPaths& paths, const Dialect& dialect, const RequestScope& scope,
                 const ReadLimits* limits) {
  if (!limits) return;
  paths.limit_rows([&dialect, &scope, limits](const Collection& c, std::string_view alias) {
    return row_limit(dialect, scope, limits, c, alias);
  });
}

}  // namespace flotilla::data
