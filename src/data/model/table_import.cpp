#include "data/model/table_import.hpp"

#include <algorithm>
#include <set>

#include "data/schema/column_types.hpp"
#include "data/schema/table_info.hpp"
#include "data/sql/select_text.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kOwnPrefix = "flotilla";

const Collection* collection_of(const Schema& schema, std::string_view table) {
  for (const auto& [name, c] : schema.collections()) {
    if (c.table == table && c.query.empty()) return &c;
  }
  return nullptr;
}

bool is_number(std::string_view type) { return type == "integer" || type == "bigInt"; }

}  // namespace

Task<std::vector<std::string>> unclaimed_tables(Session& session, const Schema& schema) {
  std::set<std::string, std::less<>> claimed;
  for (const auto& [name, c] : schema.collections()) claimed.insert(c.table);
  const Fragment tables = session.dialect().tables_query();
  const Rows rows = co_await session.query(tables);
  std::vector<std::string> out;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::string table = rows.at(row, 0).as_text();
    if (!claimed.contains(table) && !table.starts_with(kOwnPrefix)) out.push_back(std::move(table));
  }
  co_return out;
}

std::vector<JsonObject> fields_of_table(const TableInfo& table, const Dialect& dialect) {
  std::vector<JsonObject> out;
  const auto keys = std::ranges::count_if(table.columns, &TableInfo::Column::primary_key);
  for (const TableInfo::Column& column : table.columns) {
    JsonObject field{{"name", column.name}, {"field", column.name}, {"rawType", column.type}};
    const auto types = field_types_of_column(dialect.name(), column.type);
    if (!types.empty()) {
      field["type"] = types.front();
      if (types.size() > 1) field["possibleTypes"] = JsonArray(types.begin(), types.end());
      if (std::string_view interface = interface_of_type(types.front()); !interface.empty())
        field["interface"] = interface;
      field["uiSchema"] = JsonObject{{"title", column.name}};
    }
    if (column.primary_key) {
      field["primaryKey"] = true;
      field["allowNull"] = false;
      // Whether the database numbers it is known when a row comes without one.
      if (keys == 1 && !types.empty() && is_number(types.front())) field["autoIncrement"] = true;
    }
    out.push_back(std::move(field));
  }
  return out;
}

Task<JsonObject> collection_of_table(Session& session, const std::string& table) {
  const TableInfo info = co_await describe_table(session, table);
  JsonArray fields, keys;
  for (JsonObject& field : fields_of_table(info, session.dialect())) {
    if (!field.contains("type")) continue;
    if (field.contains("primaryKey")) keys.push_back(field.at("name"));
    fields.push_back(std::move(field));
  }
  JsonObject out{{"name", table},        {"tableName", table},         {"title", table},
                 {"from", "dbsync"},     {"autoGenId", false},         {"timestamps", false},
                 {"underscored", false}, {"fields", std::move(fields)}};
  if (keys.size() == 1) out["filterTargetKey"] = keys.front();
  if (keys.size() > 1) out["filterTargetKey"] = std::move(keys);
  co_return out;
}

Task<std::size_t> sync_fields(Session& session, MetadataEditor& editor, const Collection& collection) {
  const TableInfo info = co_await describe_table(session, collection.table);
  if (!info.exists()) co_return 0;
  std::size_t changed = 0;
  for (JsonObject& field : fields_of_table(info, session.dialect())) {
    const std::string column(json::text(field, "field"));
    auto shows = [&](const Field& f) { return f.column == column; };
    if (!field.contains("type") || std::ranges::any_of(collection.fields(), shows)) continue;
    co_await editor.create_field(collection.name, field, false);
    ++changed;
  }
  for (const Field& field : collection.fields()) {
    if (field.column.empty() || field.implicit) continue;
    if (std::ranges::find(info.columns, field.column, &TableInfo::Column::name) != info.columns.end())
      continue;
    if (co_await editor.destroy_field(collection.name, field.name)) ++changed;
  }
  co_return changed;
}

std::vector<JsonObject> fields_of_query(const std::vector<std::string>& columns, std::string_view text,
                                        const Schema& schema) {
  std::vector<const Collection*> read;
  for (const std::string& table : sql::mentioned_tables(text)) {
    if (const Collection* c = collection_of(schema, table)) read.push_back(c);
  }
  std::vector<JsonObject> out;
  for (const std::string& column : columns) {
    JsonObject field{{"name", column}, {"field", column}};
    for (const Collection* c : read) {
      auto shown = std::ranges::find(c->fields(), column, &Field::column);
      if (shown == c->fields().end()) continue;
      field["type"] = field_type_info(shown->type).name;
      field["source"] = c->name + "." + shown->name;
      field["collection"] = c->name;
      for (std::string_view key : {"interface", "uiSchema"}) {
        if (const Json* value = shown->option(key)) field[key] = *value;
      }
      break;
    }
    out.push_back(std::move(field));
  }
  return out;
}

}  // namespace flotilla::data
