#include "data/read/records.hpp"

#include <algorithm>
#include <set>

#include "data/read/order.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/value/present.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kItem = "t";
constexpr std::string_view kMiddle = "m";

/// Keys inside the JSON lists of a column.
std::vector<Param> keys_in_lists(const Rows& rows, std::size_t column) {
  std::vector<Param> out;
  std::set<Param, std::less<>> seen;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Cell& cell = rows.at(row, column);
    if (cell.kind != Cell::Kind::text) continue;
    bool ok = false;
    Json list = json::try_parse(cell.text(), &ok);
    if (!ok || !list.is_array()) continue;
    for (const Json& item : list.get_array()) {
      Param key = item.is_int64() ? Param(item.get_int64()) : Param(json::to_text(item));
      if (seen.insert(key).second) out.push_back(std::move(key));
    }
  }
  return out;
}

/// Place of the parent's key that an append joins by.
std::size_t parent_column(const Append& append, const Selection& parent) {
  const Association& a = append.field->association;
  const bool owned =
      append.field->type == FieldType::belongs_to || append.field->type == FieldType::belongs_to_array;
  const Field* key = parent.collection->find(owned ? a.foreign_key : a.source_key);
  return static_cast<std::size_t>(std::ranges::find(parent.columns, key) - parent.columns.begin());
}

/// Target rows of a belongsToMany with their through rows, selected from the through table.
sql::Select through_query(const Dialect& dialect, const Schema& schema, const Append& append,
                          const Selection& selection, std::vector<Param> keys) {
  const Association& a = append.field->association;
  const Collection& target = *selection.collection;
  const Collection& through = *schema.through(*append.field);
  const std::string key = sql::column(dialect, kItem, target.field(a.target_key).column);
  sql::Select query;
  query.table = through.from();
  query.alias = kMiddle;
  query.joins.push_back(
      {target.from(), std::string(kItem),
       sql::compare_columns(sql::column(dialect, kMiddle, through.field(a.other_key).column),
                            sql::Compare::equal, key)});
  query.columns = column_fragments(dialect, selection.columns, kItem);
  query.columns.push_back(sql::column(dialect, kMiddle, through.field(a.foreign_key).column));
  if (append.through) {
    for (Fragment& column : column_fragments(dialect, stored_fields(*append.through), kMiddle))
      query.columns.push_back(std::move(column));
  }
  query.where = sql::all_of(
      {dialect.in_keys(sql::column(dialect, kMiddle, through.field(a.foreign_key).column), std::move(keys)),
       sql::is_not_null(key)});
  return query;
}

Task<void> load_append(Session& session, const RequestScope& scope, Records& parent, const Append& append,
                       LoadedAppend& loaded, const ReadLimits* limits) {
  const Schema& schema = scope.schema;
  const Dialect& dialect = session.dialect();
  const Association& a = append.field->association;
  const Selection& selection = append.shows(*parent.selection);
  const Collection& target = *selection.collection;
  auto position = [](const Selection& s, const Field& f) {
    return static_cast<std::size_t>(std::ranges::find(s.columns, &f) - s.columns.begin());
  };
  loaded.append = &append;
  loaded.parent_column = parent_column(append, *parent.selection);
  loaded.records = std::make_unique<Records>();
  Records& records = *loaded.records;
  records.selection = &selection;
  records.depth = parent.depth + 1;

  sql::Select query;
  std::size_t index_column = 0;
  switch (append.field->type) {
    case FieldType::belongs_to:
    case FieldType::belongs_to_array: {
      const Field& key = target.field(a.target_key);
      index_column = position(selection, key);
      query.where = dialect.in_keys(sql::column(dialect, kItem, key.column),
                                    append.field->type == FieldType::belongs_to
                                        ? distinct_keys(parent.rows, loaded.parent_column)
                                        : keys_in_lists(parent.rows, loaded.parent_column));
      break;
    }
    case FieldType::has_one:
    case FieldType::has_many: {
      const Field& key = target.field(a.foreign_key);
      index_column = position(selection, key);
      query.where = dialect.in_keys(sql::column(dialect, kItem, key.column),
                                    distinct_keys(parent.rows, loaded.parent_column));
      break;
    }
    default:
      index_column = selection.columns.size();
      query =
          through_query(dialect, schema, append, selection, distinct_keys(parent.rows, loaded.parent_column));
  }
  if (query.table.empty()) {
    query.table = target.from();
    query.alias = kItem;
    query.columns = column_fragments(dialect, selection.columns, kItem);
  }
  if (Fragment limit = row_limit(dialect, scope, limits, target, kItem); !limit.empty())
    query.where = sql::all_of({std::move(query.where), std::move(limit)});
  records.through = append.through;
  records.through_column = selection.columns.size() + 1;
  if (!target.descendants.empty()) {
    records.origin_column = query.columns.size();
    for (Fragment& name : dialect.row_origin(kItem)) query.columns.push_back(std::move(name));
  }
  if (is_to_many(append.field->type))
    query.order_by = association_order(dialect, *append.field, target, kItem);

  if (!parent.rows.empty()) {
    Fragment statement = sql::select(dialect, query);
    records.rows = co_await session.query(statement);
  }
  loaded.index = KeyIndex(records.rows, index_column);
  co_await load_appends(session, scope, records, limits);
}

void write_list_members(JsonWriter& out, const Schema& schema, const LoadedAppend& loaded, const Cell& list) {
  bool ok = false;
  Json keys = list.kind == Cell::Kind::text ? json::try_parse(list.text(), &ok) : Json();
  if (!ok || !keys.is_array()) return;
  for (const Json& item : keys.get_array()) {
    std::string text = json::to_text(item);
    Key key = item.is_int64() ? Key(item.get_int64()) : key_of(std::string_view(text));
    for (std::uint32_t row : loaded.index.find(key)) write_record(out, schema, *loaded.records, row);
  }
}

/// The item's row of the through collection, under that collection's name.
void write_through(JsonWriter& out, const Records& records, std::size_t row) {
  out.key(records.through->name);
  out.begin_object();
  std::size_t column = records.through_column;
  for (const Field* f : stored_fields(*records.through)) {
    out.prepared_key(f->json_key);
    present(out, *f, records.rows.at(row, column++));
  }
  out.end_object();
}

/// Which of the collections that inherit a row of their parent belongs to.
void write_origin(JsonWriter& out, const Schema& schema, const Records& records, std::size_t row) {
  const Collection& parent = *records.selection->collection;
  const std::string table = records.rows.at(row, records.origin_column).as_text();
  auto of_table = [&](const std::string& name) {
    const Collection* c = schema.find(name);
    return c && c->table == table;
  };
  auto own = std::ranges::find_if(parent.descendants, of_table);
  out.key("__tableName");
  out.string(table);
  out.key("__schemaName");
  out.string(records.rows.at(row, records.origin_column + 1).as_text());
  out.key("__collection");
  out.string(own == parent.descendants.end() ? parent.name : *own);
}

void write_append(JsonWriter& out, const Schema& schema, const Append& append, const LoadedAppend& loaded,
                  const Rows& parent, std::size_t row) {
  const Cell& cell = parent.at(row, loaded.parent_column);
  out.prepared_key(append.field->json_key);
  if (append.field->type == FieldType::belongs_to_array) {
    out.begin_array();
    write_list_members(out, schema, loaded, cell);
    return out.end_array();
  }
  const std::vector<std::uint32_t>& found = loaded.index.find(key_of(cell));
  if (is_to_many(append.field->type)) {
    out.begin_array();
    for (std::uint32_t item : found) write_record(out, schema, *loaded.records, item);
    return out.end_array();
  }
  if (found.empty())
    out.null();
  else
    write_record(out, schema, *loaded.records, found.front());
}

}  // namespace

std::vector<const Field*> stored_fields(const Collection& collection) {
  std::vector<const Field*> out;
  for (const Field& f : collection.fields()) {
    if (!f.column.empty()) out.push_back(&f);
  }
  return out;
}

std::vector<Fragment> column_fragments(const Dialect& dialect, const std::vector<const Field*>& fields,
                                       std::string_view alias) {
  std::vector<Fragment> out;
  out.reserve(fields.size());
  for (const Field* f : fields) out.emplace_back(sql::column(dialect, alias, f->column));
  return out;
}

Task<void> load_appends(Session& session, const RequestScope& scope, Records& records,
                        const ReadLimits* limits) {
  for (const Append& append : records.selection->appends) {
    // Going up a tree ends where nobody has a parent; that record then shows none.
    if (append.recursively && records.depth >= kRecursionDepthMax) continue;
    if (append.recursively && distinct_keys(records.rows, parent_column(append, *records.selection)).empty())
      continue;
    LoadedAppend loaded;
    co_await load_append(session, scope, records, append, loaded, limits);
    records.appends.push_back(std::move(loaded));
  }
}

void write_record(JsonWriter& out, const Schema& schema, const Records& records, std::size_t row, bool open) {
  out.begin_object();
  const Selection& selection = *records.selection;
  for (std::size_t i = 0; i < selection.shown; ++i) {
    const Field& field = *selection.columns[i];
    out.prepared_key(field.json_key);
    present(out, field, records.rows.at(row, i));
  }
  for (const LoadedAppend& loaded : records.appends)
    write_append(out, schema, *loaded.append, loaded, records.rows, row);
  if (records.through) write_through(out, records, row);
  if (records.origin_column > 0) write_origin(out, schema, records, row);
  if (records.pivot) {
    out.key("_pivot_");
    out.null();
  }
  if (!open) out.end_object();
}

}  // namespace flotilla::data
