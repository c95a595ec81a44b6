#pragma once

#include <string>
#include <string_view>

#include "data/sql/database.hpp"

namespace flotilla::mysql {

// Numbers that the adapter itself looks at; they are the same in MariaDB and MySQL.
inline constexpr unsigned kDuplicateKeyName = 1061;   ///< such an index is there already
inline constexpr unsigned kNoSuchIndex = 1091;        ///< nor column
inline constexpr unsigned kTooManyStatements = 1461;  ///< max_prepared_stmt_count
inline constexpr unsigned kPrepareAgain = 1615;
inline constexpr unsigned kOtherColumns =
    2057;  ///< of Connector/C: not those the statement was prepared with

/// What the server said no to, in words that are the same for every database. `statement`: what was asked,
/// whose table is named where the server does not. `reading`: the session refuses writes.
data::SqlError sql_error(unsigned code, std::string_view message, std::string_view statement, bool reading);

/// The index that a violation of uniqueness names: `Duplicate entry '1' for key 'people.PRIMARY'`; empty when
/// it names none.
std::string index_of(std::string_view message);

/// A statement that makes, changes or drops a table or an index.
bool changes_schema(std::string_view statement);

/// The table that an INSERT, REPLACE, UPDATE, DELETE or CREATE INDEX is about; empty for another statement.
std::string table_of(std::string_view statement);

/// The connection is of no use any more after this.
bool is_connection_lost(unsigned code);

}  // namespace flotilla::mysql
