#pragma once

#include <span>
#include <string_view>

namespace flotilla::data {

/// Field types that a column of an existing table or view may be read as, the likeliest first; empty for SQL
/// types that no field type has. `dialect` as Dialect::name() says, `sql_type` as the database tells it
/// (`character varying(255)`).
std::span<const std::string_view> field_types_of_column(std::string_view dialect, std::string_view sql_type);

/// What a user interface shows a field of a type by, when nobody said otherwise; empty: nothing.
std::string_view interface_of_type(std::string_view field_type);

}  // namespace flotilla::data
