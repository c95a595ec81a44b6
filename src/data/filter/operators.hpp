#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/filter/filter.hpp"

namespace flotilla::data {

/// The left side of a condition: a column, or a place inside a JSON column.
struct Operand {
  const Field& field;
  const std::string& column;             ///< quoted, qualified
  const std::vector<std::string>& path;  ///< into the JSON value; empty: the column itself
};

/// One operator of the filter language. Throws Error 400 for one that does not exist or a value it does not
/// take.
Fragment apply_operator(std::string_view op, const Operand& left, const Json& value,
                        const FilterScope& scope);

// Families, each answers an empty fragment with *known=false when the operator is not its own.
Fragment compare_operator(std::string_view op, const Operand& left, const Json& value,
                          const FilterScope& scope, bool* known);
Fragment text_operator(std::string_view op, const Operand& left, const Json& value, const FilterScope& scope,
                       bool* known);
Fragment list_operator(std::string_view op, const Operand& left, const Json& value, const FilterScope& scope,
                       bool* known);
Fragment date_operator(std::string_view op, const Operand& left, const Json& value, const FilterScope& scope,
                       bool* known);

}  // namespace flotilla::data
