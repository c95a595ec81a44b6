#include "data/sql/dialect.hpp"

#include <fmt/format.h>

#include "data/sql/expression.hpp"

namespace flotilla::data {

Fragment Dialect::in_keys(std::string_view column, std::vector<Param> keys) const {
  return sql::in_list(column, std::move(keys));
}

Fragment Dialect::number_rows(std::string_view table, std::string_view column, std::string_view key,
                              std::string_view scope, std::string_view order) const {
  const std::string t = quote(table), k = quote(key);
  const std::string within = scope.empty() ? std::string() : "PARTITION BY " + quote(scope) + " ";
  return fmt::format(
      "UPDATE {0} SET {1} = numbered.n FROM (SELECT {2} AS k, row_number() OVER ({3}ORDER BY {4}, {2}) AS n "
      "FROM {0}) AS numbered WHERE numbered.k = {0}.{2}",
      t, quote(column), k, within, quote(order));
}

}  // namespace flotilla::data
