#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/sql/dialect.hpp"

/// Conditions as fragments. `column` is always a quoted, qualified column made by sql::column.
namespace flotilla::data::sql {

enum class Compare { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

std::string column(const Dialect& dialect, std::string_view alias, std::string_view name);

Fragment compare(std::string_view column, Compare how, Param value);
Fragment compare_columns(std::string_view left, Compare how, std::string_view right);
Fragment compare_expression(Fragment left, Compare how, Param value);
Fragment is_null(std::string_view column);
Fragment is_not_null(std::string_view column);
/// An empty list matches nothing.
Fragment in_list(std::string_view column, std::vector<Param> values);
/// An empty list matches everything.
Fragment not_in_list(std::string_view column, std::vector<Param> values);
Fragment between(std::string_view column, Param low, Param high, bool negate);
Fragment in_query(std::string_view column, const Fragment& query);

/// Empty parts are left out; nothing left gives an empty fragment.
Fragment all_of(std::vector<Fragment> parts);
Fragment any_of(std::vector<Fragment> parts);
Fragment negate(Fragment part);
/// 1 where the condition holds, else 0. An empty condition holds.
Fragment flag(const Fragment& condition);
Fragment nothing();   ///< matches no row
Fragment anything();  ///< matches every row

}  // namespace flotilla::data::sql
