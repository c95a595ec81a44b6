#include "data/migration/steps.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/model/metadata.hpp"
#include "data/model/schema_epoch.hpp"
#include "data/schema/index_def.hpp"
#include "data/schema/schema_changes.hpp"
#include "data/schema/table_info.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/write/save.hpp"

namespace flotilla::data {
namespace {

const NestedUpdates kNoNested;

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

Task<bool> has_row(Session& session, const Collection& collection, const Fragment& where) {
  sql::Select query;
  query.table = collection.table;
  query.where = where;
  query.limit = 1;
  const Fragment statement = sql::select(session.dialect(), query);
  const Rows rows = co_await session.query(statement);
  co_return !rows.empty();
}

/// The field by which a row is known again.
const Field& key_of(const Collection& collection, const JsonObject& row) {
  if (const Field* key = collection.key_field(); key && row.contains(key->name)) return *key;
  for (const Field& field : collection.fields())
    if (field.unique && row.contains(field.name)) return field;
  throw Error(500, fmt::format("a row of {} has neither its key nor a unique field", collection.name));
}

Task<bool> is_there(Session& session, const Collection& collection, const JsonObject& row) {
  const Field& key = key_of(collection, row);
  const Dialect& dialect = session.dialect();
  const Json& value = row.at(key.name);
  const Param param = value.is_int64() ? Param(value.get_int64()) : Param(json::to_text(value));
  const Fragment where = sql::compare(dialect.quote(key.column), sql::Compare::equal, param);
  co_return co_await has_row(session, collection, where);
}

Task<void> add_row(Session& session, const WriteScope& scope, const Collection& collection,
                   const JsonObject& row) {
  // Rows of the metadata are given as the API shows them, with the columns' names of a database that is not
  // underscored.
  const bool flat = collection.name == "collections" || collection.name == "fields";
  JsonObject values = row;
  if (flat && scope.schema.rules().underscored) values.erase("field");
  if (flat) values = fold_options(collection, values);
  co_await create_record(session, scope, collection, values, kNoNested);
}

std::string physical(const NamingRules& rules, std::string_view name) {
  return rules.underscored ? snake_case(name) : std::string(name);
}

std::string physical_table(const NamingRules& rules, std::string_view name) {
  return rules.table_prefix + physical(rules, name);
}

}  // namespace

Task<void> add_collection(Session& session, const Schema& schema, std::string_view name) {
  const Collection& collection = schema.collection(name);
  const TableInfo info = co_await describe_table(session, collection.table);
  co_await run_statements(session, missing_parts(info, schema, collection, session.dialect()));
}

Task<void> add_fields(Session& session, const Schema& schema, std::string_view name,
                      const std::vector<std::string>& fields) {
  const Collection& collection = schema.collection(name);
  TableInfo info = co_await describe_table(session, collection.table);
  if (!info.exists()) co_return co_await add_collection(session, schema, name);
  std::vector<std::string> columns, statements;
  for (const std::string& field : fields) {
    const ColumnDef column = collection.field(field).column_def();
    columns.push_back(column.name);
    if (std::ranges::find(info.columns, column.name, &TableInfo::Column::name) == info.columns.end())
      statements.push_back(session.dialect().add_column(collection.table, column));
  }
  for (const IndexDef& index : indexes_of(collection)) {
    const bool concerned =
        std::ranges::any_of(index.columns, [&](const std::string& c) { return has(columns, c); });
    const bool there = std::ranges::any_of(info.indexes, [&](const TableInfo::Index& have) {
      return have.columns == index.columns && have.unique == index.unique;
    });
    if (concerned && !there)
      statements.push_back(
          session.dialect().create_index(collection.table, index.name, index.columns, index.unique));
  }
  co_await run_statements(session, statements);
}

Task<void> add_rows(Session& session, const WriteScope& scope, const JsonObject& rows) {
  for (const auto& [name, list] : rows) {
    const Collection& collection = scope.schema.collection(name);
    for (const Json& row : list.as_array())
      if (!co_await is_there(session, collection, row.as_object()))
        co_await add_row(session, scope, collection, row.as_object());
  }
  co_await raise_epoch(session, scope.schema);
}

Task<void> add_first_rows(Session& session, const WriteScope& scope, const JsonObject& rows,
                          std::string_view unless) {
  if (co_await has_row(session, scope.schema.collection(unless), {})) co_return;
  RequestScope request = scope;
  for (const auto& [name, list] : rows) {
    const Collection& collection = scope.schema.collection(name);
    for (const Json& row : list.as_array()) {
      const WriteScope at(request, scope.random, scope.next_id);
      co_await add_row(session, at, collection, row.as_object());
      ++request.now_ms;  // sorted by time, they come in their order
    }
  }
  co_await raise_epoch(session, scope.schema);
}

Task<void> drop_columns(Session& session, const NamingRules& rules, std::string_view table,
                        const std::vector<std::string>& columns) {
  const std::string name = physical_table(rules, table);
  const TableInfo info = co_await describe_table(session, name);
  std::vector<std::string> statements;
  for (const std::string& given : columns) {
    const std::string column = physical(rules, given);
    if (std::ranges::find(info.columns, column, &TableInfo::Column::name) == info.columns.end()) continue;
    // SQLite drops no column that an index still names.
    for (const TableInfo::Index& index : info.indexes)
      if (has(index.columns, column)) statements.push_back(session.dialect().drop_index(name, index.name));
    statements.push_back(session.dialect().drop_column(name, column));
  }
  co_await run_statements(session, statements);
}

Task<void> drop_table(Session& session, const NamingRules& rules, std::string_view table) {
  const std::vector<std::string> statements{session.dialect().drop_table(physical_table(rules, table))};
  co_await run_statements(session, statements);
}

}  // namespace flotilla::data
