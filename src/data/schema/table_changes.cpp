#include "data/schema/table_changes.hpp"

#include <algorithm>

namespace flotilla::data {
namespace {

using Kind = TableChange::Kind;

bool has(const std::vector<ColumnDef>& columns, const std::string& name) {
  return std::ranges::find(columns, name, &ColumnDef::name) != columns.end();
}

void compare(std::vector<TableChange>& out, const Collection& from, const Collection& to) {
  const std::vector<ColumnDef> before = columns_of(from), after = columns_of(to);
  if (!has_table(from)) return;  // there is no table yet
  auto add = [&](Kind kind, ColumnDef column, IndexDef index) {
    out.push_back({kind, to.name, to.table, std::move(column), std::move(index)});
  };
  if (!has_table(to)) return add(Kind::drop_table, {}, {});
  const std::vector<IndexDef> had = indexes_of(from), wants = indexes_of(to);
  for (const ColumnDef& column : after)
    if (!has(before, column.name)) add(Kind::add_column, column, {});
  for (const ColumnDef& column : before)
    if (!has(after, column.name)) add(Kind::drop_column, column, {});
  for (const IndexDef& index : wants)
    if (std::ranges::find(had, index) == had.end()) add(Kind::create_index, {}, index);
  for (const IndexDef& index : had)
    if (std::ranges::find(wants, index) == wants.end()) add(Kind::drop_index, {}, index);
}

}  // namespace

std::vector<TableChange> table_changes(const Schema& from, const Schema& to) {
  std::vector<TableChange> out;
  for (const auto& [name, before] : from.collections()) {
    if (before.view) continue;
    const Collection* after = to.find(name);
    if (after && after->table == before.table)
      compare(out, before, *after);
    else if (has_table(before) && json::text(before.options, "from") != "dbsync")
      out.push_back({Kind::drop_table, name, before.table, {}, {}});
  }
  return out;
}

std::vector<std::string> fields_of(const Collection& collection, const IndexDef& index) {
  std::vector<std::string> out;
  for (const std::string& column : index.columns) {
    auto field = std::ranges::find(collection.fields(), column, &Field::column);
    out.push_back(field == collection.fields().end() ? column : field->name);
  }
  return out;
}

}  // namespace flotilla::data
