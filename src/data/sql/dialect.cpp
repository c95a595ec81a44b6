#include "data/sql/dialect.hpp"

#include "data/sql/expression.hpp"

namespace flotilla::data {

Fragment Dialect::in_keys(std::string_view column, std::vector<Param> keys) const {
  return sql::in_list(column, std::move(keys));
}

}  // namespace flotilla::data
