#include "adapters/sqlite/sqlite_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/strings.hpp"

namespace flotilla::sqlite {
namespace {

using data::SqlError;
using Kind = SqlError::Kind;

/// `tags.name` -> {"tags", "name"}; no table when there is no dot.
std::pair<std::string_view, std::string_view> split_name(std::string_view name) {
  std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return {{}, name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

/// "UNIQUE constraint failed: tags.name, tags.x" and the like. An index on an expression is told as "index
/// 'name'" and names no column.
SqlError constraint(Kind kind, std::string_view message) {
  SqlError error(kind, std::string(message));
  constexpr std::string_view kMark = "constraint failed: ";
  std::size_t at = message.find(kMark);
  if (at == std::string_view::npos) return error;
  std::string_view list = message.substr(at + kMark.size());
  if (list.starts_with("index ")) return error;
  while (!list.empty()) {
    std::size_t end = list.find(", ");
    auto [table, column] = split_name(list.substr(0, end));
    error.table = table;
    error.columns.emplace_back(column);
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 2);
  }
  return error;
}

SqlError unknown_column(std::string_view message, std::string_view name) {
  auto [table, column] = split_name(name);
  return {Kind::unknown_name, std::string(message), std::string(table), {std::string(column)}};
}

/// Plain SQLITE_ERROR: only the words tell what it was.
SqlError by_words(std::string_view message) {
  auto after = [&](std::string_view prefix) { return message.substr(prefix.size()); };
  for (std::string_view prefix : {"no such column: ", "ambiguous column name: "})
    if (message.starts_with(prefix)) return unknown_column(message, after(prefix));
  if (message.starts_with("no such table: "))
    return {Kind::unknown_name, std::string(message), std::string(after("no such table: "))};
  if (message.starts_with("no such index: ")) return {Kind::unknown_name, std::string(message)};
  constexpr std::string_view kHasNo = " has no column named ";
  if (std::size_t at = message.find(kHasNo); at != std::string_view::npos && message.starts_with("table "))
    return {Kind::unknown_name,
            std::string(message),
            std::string(message.substr(6, at - 6)),
            {std::string(message.substr(at + kHasNo.size()))}};
  if (message.ends_with("syntax error") || message == "incomplete input" ||
      message.starts_with("unrecognized token"))
    return {Kind::syntax, std::string(message)};
  for (std::string_view prefix : {"malformed JSON", "integer overflow", "JSON path error",
                                  "invalid regular expression", "pattern too long"})
    if (message.starts_with(prefix)) return {Kind::invalid_value, std::string(message)};
  return {Kind::other, std::string(message)};
}

SqlError unavailable(std::string_view path, std::string_view message) {
  return {Kind::unavailable, fmt::format("SQLite file {}: {}", path, message)};
}

}  // namespace

SqlError sql_error(int extended_code, std::string_view message, std::string_view path, bool reading) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return constraint(Kind::unique, message);
    case SQLITE_CONSTRAINT_NOTNULL:
      return constraint(Kind::not_null, message);
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_DATATYPE:
      return {Kind::invalid_value, std::string(message)};
    default:
      break;
  }
  switch (extended_code & 0xff) {
    case SQLITE_ERROR:
      return by_words(message);
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return {Kind::invalid_value, std::string(message)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {Kind::busy, std::string(message)};
    case SQLITE_READONLY:
      if (reading && extended_code == SQLITE_READONLY)
        return {Kind::other, "a read must not write: " + std::string(message)};
      return unavailable(path, message);
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CORRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_NOTADB:
    case SQLITE_PERM:
    case SQLITE_NOLFS:
    case SQLITE_NOMEM:
      return unavailable(path, message);
    default:
      return {Kind::other, std::string(message)};
  }
}

bool breaks_connection(int extended_code) {
  switch (extended_code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
      return true;
    case SQLITE_READONLY:
      return extended_code != SQLITE_READONLY;
    default:
      return false;
  }
}

}  // namespace flotilla::sqlite
