#include "adapters/mysql/mysql_error.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.hpp"

namespace flotilla::mysql {
namespace {

using data::SqlError;
using Kind = SqlError::Kind;

constexpr unsigned kReadOnlyTransaction = 1792, kReadOnlyServer = 1290, kReadOnlyMode = 1836;

Kind kind_of(unsigned code) {
  struct Row {
    unsigned code;
    Kind kind;
  };
  static constexpr Row kCodes[] = {
      {1062, Kind::unique},        {1586, Kind::unique},        {1169, Kind::unique},
      {1859, Kind::unique},        {1048, Kind::not_null},      {1364, Kind::not_null},
      {1263, Kind::not_null},      {1054, Kind::unknown_name},  {1146, Kind::unknown_name},
      {1051, Kind::unknown_name},  {1052, Kind::unknown_name},  {1109, Kind::unknown_name},
      {1091, Kind::unknown_name},  {1064, Kind::syntax},        {1065, Kind::syntax},
      {1149, Kind::syntax},        {1264, Kind::invalid_value}, {1265, Kind::invalid_value},
      {1292, Kind::invalid_value}, {1300, Kind::invalid_value}, {1366, Kind::invalid_value},
      {1367, Kind::invalid_value}, {1406, Kind::invalid_value}, {1411, Kind::invalid_value},
      {1525, Kind::invalid_value}, {1690, Kind::invalid_value}, {4025, Kind::invalid_value},
      {3819, Kind::invalid_value}, {3140, Kind::invalid_value}, {3141, Kind::invalid_value},
      {3143, Kind::invalid_value}, {4035, Kind::invalid_value}, {4036, Kind::invalid_value},
      {4037, Kind::invalid_value}, {4038, Kind::invalid_value}, {4039, Kind::invalid_value},
      {4040, Kind::invalid_value}, {1139, Kind::invalid_value}, {1153, Kind::invalid_value},
      {1170, Kind::invalid_value}, {1071, Kind::invalid_value}, {1118, Kind::invalid_value},
      {1020, Kind::deadlock},      {1040, Kind::busy},          {1203, Kind::busy},
      {1205, Kind::busy},          {1213, Kind::deadlock},      {1226, Kind::busy},
      {1317, Kind::busy},          {1461, Kind::busy},          {1615, Kind::busy},
      {1969, Kind::busy},          {3024, Kind::busy},          {3572, Kind::busy},
      {1021, Kind::unavailable},   {1037, Kind::unavailable},   {1038, Kind::unavailable},
      {1041, Kind::unavailable},   {1044, Kind::unavailable},   {1045, Kind::unavailable},
      {1049, Kind::unavailable},   {1114, Kind::unavailable},   {1698, Kind::unavailable},
  };
  if (is_connection_lost(code)) return Kind::unavailable;
  const auto* at = std::ranges::find(kCodes, code, &Row::code);
  return at == std::end(kCodes) ? Kind::other : at->kind;
}

/// The first text between single quotes.
std::string_view quoted(std::string_view message) {
  const std::size_t begin = message.find('\'');
  const std::size_t end = begin == message.npos ? begin : message.find('\'', begin + 1);
  return end == message.npos ? std::string_view{} : message.substr(begin + 1, end - begin - 1);
}

/// `t.c` in two; without a dot the first part is empty.
std::pair<std::string, std::string> qualified(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos) return {{}, std::string(name)};
  return {std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

bool takes_word(std::string_view& text, std::string_view word) {
  text = trim(text);
  if (text.size() <= word.size() || !iequals(text.substr(0, word.size()), word) || text[word.size()] != ' ')
    return false;
  text.remove_prefix(word.size());
  return true;
}

/// An identifier at the beginning, quoted or not.
std::string identifier(std::string_view text) {
  std::string out;
  text = trim(text);
  if (!text.starts_with('"')) {
    const std::size_t end = text.find_first_of(" (,;\n");
    return std::string(text.substr(0, end));
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"' && (++i == text.size() || text[i] != '"')) return out;
    out += text[i];
  }
  return {};
}

}  // namespace

bool is_connection_lost(unsigned code) {
  static constexpr unsigned kLost[] = {1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161,
                                       1184, 1927, 4031, 2000, 2001, 2002, 2003, 2005,
                                       2006, 2012, 2013, 2014, 2026, 2027, 2055, 5012};
  return std::ranges::find(kLost, code) != std::end(kLost);
}

std::string index_of(std::string_view message) {
  constexpr std::string_view kFor = " for key '";
  const std::size_t at = message.rfind(kFor);
  if (at == message.npos || !message.ends_with('\'')) return {};
  const std::size_t begin = at + kFor.size();
  std::string_view name = message.substr(begin, message.size() - begin - 1);
  return std::string(name);
}

bool changes_schema(std::string_view statement) {
  statement = trim(statement);
  return statement.starts_with("CREATE ") || statement.starts_with("ALTER ") ||
         statement.starts_with("DROP ");
}

std::string table_of(std::string_view statement) {
  std::string_view rest = statement;
  const bool inserts = takes_word(rest, "INSERT") || takes_word(rest, "REPLACE");
  if (inserts) {
    takes_word(rest, "IGNORE");
    return takes_word(rest, "INTO") ? identifier(rest) : std::string();
  }
  if (takes_word(rest, "UPDATE")) return identifier(rest);
  if (takes_word(rest, "DELETE") && takes_word(rest, "FROM")) return identifier(rest);
  constexpr std::string_view kOn = "\" ON \"";  // as MysqlDialect::create_index() has it
  if (const std::size_t on = rest.find(kOn); takes_word(rest, "CREATE") && on != rest.npos)
    return identifier(statement.substr(statement.find(kOn) + kOn.size() - 1));
  return {};
}

SqlError sql_error(unsigned code, std::string_view message, std::string_view statement, bool reading) {
  const std::string said(message);
  if (code == kReadOnlyTransaction || code == kReadOnlyServer || code == kReadOnlyMode) {
    if (reading && code == kReadOnlyTransaction) return {Kind::other, "a read must not write: " + said};
    return {Kind::unavailable, "the database takes no writes now: " + said};
  }
  SqlError error(kind_of(code), said);
  switch (error.kind) {
    case Kind::unique:
      error.table = table_of(statement);
      break;
    case Kind::not_null:
      error.table = table_of(statement);
      error.columns.emplace_back(quoted(message));
      break;
    case Kind::unknown_name:
      if (code == 1054 || code == 1052) {
        auto [table, column] = qualified(quoted(message));
        error.table = std::move(table);
        error.columns.push_back(std::move(column));
      } else {
        error.table = qualified(quoted(message)).second;
      }
      break;
    default:
      break;
  }
  return error;
}

}  // namespace flotilla::mysql
