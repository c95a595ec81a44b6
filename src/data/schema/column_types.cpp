#include "data/schema/column_types.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.hpp"

namespace flotilla::data {
namespace {

struct Row {
  std::string_view sql;
  std::vector<std::string_view> types;
};
using Table = std::vector<Row>;

const Table& postgres_types() {
  static const Table kRows = {
      {"character varying", {"string", "uuid", "nanoid", "encryption", "datetimeNoTz"}},
      {"varchar", {"string", "uuid", "nanoid", "encryption", "datetimeNoTz"}},
      {"char", {"string", "uuid", "nanoid", "encryption", "datetimeNoTz"}},
      {"character", {"string"}},
      {"text", {"text"}},
      {"citext", {"text"}},
      {"oid", {"string"}},
      {"name", {"string"}},
      {"smallint", {"integer", "sort"}},
      {"integer", {"integer", "unixTimestamp", "sort"}},
      {"bigint", {"bigInt", "snowflakeId", "unixTimestamp", "sort"}},
      {"decimal", {"decimal"}},
      {"numeric", {"decimal"}},
      {"real", {"float"}},
      {"double precision", {"float"}},
      {"timestamp without time zone", {"datetimeNoTz"}},
      {"timestamp with time zone", {"datetimeTz", "date"}},
      {"time without time zone", {"time"}},
      {"time with time zone", {"time"}},
      {"date", {"dateOnly"}},
      {"boolean", {"boolean"}},
      {"json", {"json", "array"}},
      {"jsonb", {"json", "array", "jsonb"}},
      {"uuid", {"uuid"}},
      {"bytea", {"blob"}},
  };
  return kRows;
}

const Table& mysql_types() {
  static const Table kRows = {
      {"tinyint", {"integer", "boolean", "sort"}},
      {"smallint", {"integer", "boolean", "sort"}},
      {"mediumint", {"integer", "boolean", "sort"}},
      {"int", {"integer", "unixTimestamp", "sort"}},
      {"integer", {"integer", "unixTimestamp", "sort"}},
      {"bigint", {"bigInt", "snowflakeId", "unixTimestamp", "sort"}},
      {"char", {"string", "uuid", "nanoid", "encryption"}},
      {"varchar", {"string", "uuid", "nanoid", "encryption"}},
      {"uuid", {"uuid"}},
      {"enum", {"string"}},
      {"tinytext", {"text"}},
      {"text", {"text"}},
      {"mediumtext", {"text"}},
      {"longtext", {"text", "json", "array"}},
      {"float", {"float"}},
      {"double", {"float"}},
      {"decimal", {"decimal"}},
      {"boolean", {"boolean"}},
      {"year", {"string", "integer"}},
      {"date", {"dateOnly"}},
      {"time", {"time"}},
      {"datetime", {"datetimeNoTz", "datetimeTz", "date"}},
      {"timestamp", {"datetimeTz", "date"}},
      {"json", {"json", "array"}},
      {"blob", {"blob"}},
      {"longblob", {"blob"}},
  };
  return kRows;
}

const Table& sqlite_types() {
  static const Table kRows = {
      {"text", {"text"}},
      {"varchar", {"string", "uuid", "nanoid", "encryption"}},
      {"char", {"string", "uuid", "nanoid", "encryption"}},
      {"integer", {"integer", "unixTimestamp", "sort"}},
      {"int", {"integer", "unixTimestamp", "sort"}},
      {"bigint", {"bigInt", "snowflakeId", "unixTimestamp", "sort"}},
      {"tinyint", {"boolean", "integer"}},
      {"boolean", {"boolean"}},
      {"real", {"real"}},
      {"float", {"float"}},
      {"double precision", {"double"}},
      {"double", {"double"}},
      {"numeric", {"decimal"}},
      {"decimal", {"decimal"}},
      {"datetime", {"datetimeTz", "date"}},
      {"timestamp", {"datetimeTz", "date"}},
      {"date", {"dateOnly"}},
      {"time", {"time"}},
      {"json", {"json", "array"}},
      {"uuid", {"uuid"}},
      {"blob", {"blob"}},
      {"", {"text"}},  // a column of a view that is an expression
  };
  return kRows;
}

/// `CHARACTER VARYING(255)` -> `character varying`, `bigint(20) unsigned` -> `bigint`.
std::string plain(std::string_view sql_type) {
  std::string out;
  int depth = 0;
  for (char c : lower(sql_type)) {
    if (c == '(') ++depth;
    if (depth == 0) out += c;
    if (c == ')') --depth;
  }
  for (std::string_view extra : {" unsigned", " zerofill", " signed"}) {
    if (out.ends_with(extra)) out.resize(out.size() - extra.size());
  }
  return std::string(trim(out));
}

}  // namespace

std::span<const std::string_view> field_types_of_column(std::string_view dialect, std::string_view sql_type) {
  static constexpr std::string_view kArray[] = {"array"};
  const std::string type = plain(sql_type);
  if (type.ends_with("[]")) return kArray;
  const Table& table = dialect == "postgres" ? postgres_types()
                       : dialect == "sqlite" ? sqlite_types()
                                             : mysql_types();
  auto at = std::ranges::find(table, std::string_view(type), &Row::sql);
  if (at == table.end()) return {};
  return at->types;
}

std::string_view interface_of_type(std::string_view type) {
  static constexpr std::pair<std::string_view, std::string_view> kInterfaces[] = {
      {"string", "input"},
      {"text", "textarea"},
      {"integer", "integer"},
      {"bigInt", "integer"},
      {"float", "number"},
      {"double", "number"},
      {"real", "number"},
      {"decimal", "number"},
      {"boolean", "checkbox"},
      {"datetimeTz", "datetime"},
      {"date", "datetime"},
      {"datetimeNoTz", "datetimeNoTz"},
      {"dateOnly", "date"},
      {"time", "time"},
      {"unixTimestamp", "unixTimestamp"},
      {"json", "json"},
      {"jsonb", "json"},
      {"array", "multipleSelect"},
      {"uuid", "uuid"},
      {"snowflakeId", "snowflakeId"}};
  auto at = std::ranges::find(kInterfaces, type, &std::pair<std::string_view, std::string_view>::first);
  return at == std::end(kInterfaces) ? std::string_view() : at->second;
}

}  // namespace flotilla::data
