#include "data/filter/operators.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace flotilla::data {

Fragment apply_operator(std::string_view op, const Operand& left, const Json& value,
                        const FilterScope& scope) {
  if (left.field.column.empty())
    throw bad_request(fmt::format("field \"{}\" has no value to compare", left.field.name));
  for (auto family : {compare_operator, text_operator, list_operator, date_operator}) {
    bool known = true;
    Fragment condition = family(op, left, value, scope, &known);
    if (known) return condition;
  }
  throw bad_request(fmt::format("Invalid value {{ '{}': {} }}: no such operator (field \"{}\")", op,
                                json::dump(value), left.field.name));
}

}  // namespace flotilla::data
