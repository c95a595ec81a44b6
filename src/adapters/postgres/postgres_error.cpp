#include "adapters/postgres/postgres_error.hpp"

#include <libpq-fe.h>

#include <algorithm>

namespace flotilla::postgres {
namespace {

using data::SqlError;
using Kind = SqlError::Kind;

Kind kind_of(std::string_view state) {
  struct Row {
    std::string_view state;
    Kind kind;
  };
  static constexpr Row kStates[] = {
      {"23505", Kind::unique},       {"23502", Kind::not_null},      {"23514", Kind::invalid_value},
      {"2BP01", Kind::in_use},       {"42P01", Kind::unknown_name},  {"42703", Kind::unknown_name},
      {"42702", Kind::unknown_name}, {"42704", Kind::unknown_name},  {"3F000", Kind::unknown_name},
      {"42601", Kind::syntax},       {"42804", Kind::invalid_value}, {"42846", Kind::invalid_value},
      {"40001", Kind::deadlock},     {"40P01", Kind::deadlock},      {"55P03", Kind::busy},
      {"55006", Kind::busy},         {"57014", Kind::busy},          {"53300", Kind::busy},
      {"08P01", Kind::other},
  };
  auto at = std::ranges::find(kStates, state, &Row::state);
  if (at != std::end(kStates)) return at->kind;
  if (state.starts_with("22")) return Kind::invalid_value;
  for (std::string_view down : {"08", "53", "57P", "58", "XX001", "XX002"})
    if (state.starts_with(down)) return Kind::unavailable;
  return Kind::other;
}

/// An identifier at `at`, quoted or not; moves behind it. Empty when there is none.
std::string identifier(std::string_view text, std::size_t& at) {
  std::string out;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] != '"') {
        out += text[at];
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        out += text[at++];
      } else {
        ++at;
        return out;
      }
    }
    return {};
  }
  while (at < text.size() && text[at] != ',' && text[at] != ')' && text[at] != '(' && text[at] != ' ' &&
         text[at] != ':')
    out += text[at++];
  return out;
}

std::string_view first_quoted(std::string_view message) {
  const std::size_t begin = message.find('"');
  const std::size_t end = begin == message.npos ? begin : message.find('"', begin + 1);
  return end == message.npos ? std::string_view{} : message.substr(begin + 1, end - begin - 1);
}

/// The name that is not known: no field tells it, only the words, which are in the server's language.
void name_unknown(SqlError& error, const ErrorFields& fields) {
  if (fields.state == "42P01") {
    error.table = first_quoted(fields.message);
    return;
  }
  if (fields.state != "42703" && fields.state != "42702") return;
  if (const std::string_view column = first_quoted(fields.message); !column.empty()) {
    error.columns.emplace_back(column);
    constexpr std::string_view kOf = " of relation ";
    if (const std::size_t of = fields.message.find(kOf); of != std::string_view::npos)
      error.table = first_quoted(fields.message.substr(of));
    return;
  }
  // `column t.nope does not exist`
  constexpr std::string_view kColumn = "column ";
  if (!fields.message.starts_with(kColumn)) return;
  const std::string_view rest = fields.message.substr(kColumn.size());
  const std::string_view name = rest.substr(0, rest.find(' '));
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return;
  error.table = name.substr(0, dot);
  error.columns.emplace_back(name.substr(dot + 1));
}

std::string_view field_of(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text ? text : "";
}

}  // namespace

ErrorFields error_fields(const pg_result* result) {
  ErrorFields out{field_of(result, PG_DIAG_SQLSTATE),       field_of(result, PG_DIAG_MESSAGE_PRIMARY),
                  field_of(result, PG_DIAG_MESSAGE_DETAIL), field_of(result, PG_DIAG_TABLE_NAME),
                  field_of(result, PG_DIAG_COLUMN_NAME),    field_of(result, PG_DIAG_SOURCE_FUNCTION)};
  if (out.message.empty()) out.message = PQresultErrorMessage(result);
  return out;
}

std::vector<std::string> columns_of_key(std::string_view detail) {
  const std::size_t begin = detail.find('(');
  if (begin == std::string_view::npos || detail.find(")=(", begin) == std::string_view::npos) return {};
  std::vector<std::string> out;
  for (std::size_t at = begin + 1; at < detail.size();) {
    std::string name = identifier(detail, at);
    if (name.empty() || at >= detail.size()) return {};
    out.push_back(std::move(name));
    if (detail[at] == ')') return detail.substr(at).starts_with(")=(") ? out : std::vector<std::string>{};
    if (!detail.substr(at).starts_with(", ")) return {};
    at += 2;
  }
  return {};
}

SqlError sql_error(const ErrorFields& fields, bool reading) {
  if (fields.state == "25006") {
    if (reading) return {Kind::other, "a read must not write: " + std::string(fields.message)};
    return {Kind::unavailable, "PostgreSQL takes no writes now: " + std::string(fields.message)};
  }
  if (fields.function == "RevalidateCachedQuery")
    return {Kind::busy, "the table has just been changed, try again: " + std::string(fields.message)};
  SqlError error(kind_of(fields.state), std::string(fields.message), std::string(fields.table));
  switch (error.kind) {
    case Kind::unique:
      error.columns = columns_of_key(fields.detail);
      break;
    case Kind::not_null:
      if (!fields.column.empty()) error.columns.emplace_back(fields.column);
      break;
    case Kind::unknown_name:
      name_unknown(error, fields);
      break;
    default:
      break;
  }
  return error;
}

bool may_be_stale(const ErrorFields& fields) {
  return fields.function == "RevalidateCachedQuery" || fields.state == "26000" ||
         fields.state.starts_with("42");
}

}  // namespace flotilla::postgres
