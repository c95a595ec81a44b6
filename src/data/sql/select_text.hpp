#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Queries that people write for SQL collections. They run as `FROM (query) AS t` on a connection that cannot
/// write; what is here keeps them from being more than one query that reads.
namespace flotilla::data::sql {

/// The first statement of `text`. Throws Error 400 when it is not a SELECT or a WITH … SELECT, when it names
/// something that reaches outside the application's tables (files, settings, other sessions, the system
/// catalogue), or when databases would read it in different ways (placeholders, dollar quoting).
std::string checked_select(std::string_view text);

/// Names behind FROM and JOIN, unquoted, without their schema; of any statement.
std::vector<std::string> mentioned_tables(std::string_view text);

inline constexpr std::size_t kSelectBytesMax = 64 * 1024;

}  // namespace flotilla::data::sql
