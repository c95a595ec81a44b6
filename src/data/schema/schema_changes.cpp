#include "data/schema/schema_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.hpp"

namespace flotilla::data {
namespace {

std::string index_name(const Collection& c, const std::vector<std::string>& columns, bool unique) {
  std::string name = c.table + "_" + join(columns, "_") + (unique ? "_uk" : "");
  if (name.size() <= kIdentifierLengthMax) return name;
  std::uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (unsigned char byte : name) hash = (hash ^ byte) * 1099511628211ull;
  return fmt::format("i_{:016x}", hash);
}

void add_indexes(std::vector<std::string>& out, const Collection& c, const std::vector<IndexDef>& have,
                 const Dialect& dialect) {
  for (const IndexDef& index : indexes_of(c)) {
    bool there = std::ranges::any_of(
        have, [&](const IndexDef& h) { return h.columns == index.columns && h.unique == index.unique; });
    if (!there) out.push_back(dialect.create_index(c.table, index.name, index.columns, index.unique));
  }
}

void create_table(std::vector<std::string>& out, const Collection& c, const Dialect& dialect) {
  std::vector<ColumnDef> columns = columns_of(c);
  if (columns.empty()) return;  // a collection without columns has no table until it gets one
  for (std::string& sql : dialect.create_table(c.table, columns)) out.push_back(std::move(sql));
  add_indexes(out, c, {}, dialect);
}

void alter_table(std::vector<std::string>& out, const Collection& from, const Collection& to,
                 const Dialect& dialect) {
  std::vector<ColumnDef> before = columns_of(from), after = columns_of(to);
  if (before.empty()) return create_table(out, to, dialect);
  if (after.empty()) return out.push_back(dialect.drop_table(from.table));
  std::vector<IndexDef> kept = indexes_of(from);
  for (const IndexDef& index : indexes_of(from)) {
    std::vector<IndexDef> wanted = indexes_of(to);
    if (std::ranges::find(wanted, index) != wanted.end()) continue;
    out.push_back(dialect.drop_index(from.table, index.name));
    std::erase(kept, index);
  }
  for (const ColumnDef& column : after) {
    if (std::ranges::find(before, column.name, &ColumnDef::name) == before.end())
      out.push_back(dialect.add_column(to.table, column));
  }
  for (const ColumnDef& column : before) {
    if (std::ranges::find(after, column.name, &ColumnDef::name) == after.end())
      out.push_back(dialect.drop_column(to.table, column.name));
  }
  add_indexes(out, to, kept, dialect);
}

bool has_table(const Collection& c) { return !c.view && !columns_of(c).empty(); }

}  // namespace

std::vector<ColumnDef> columns_of(const Collection& c) {
  std::vector<ColumnDef> columns;
  for (const Field& f : c.fields()) {
    if (f.column.empty()) continue;
    // Two fields may share one column; the first defines it.
    if (std::ranges::find(columns, f.column, &ColumnDef::name) == columns.end())
      columns.push_back(f.column_def());
  }
  return columns;
}

std::vector<IndexDef> indexes_of(const Collection& c) {
  std::vector<IndexDef> out;
  auto add = [&](std::vector<std::string> columns, bool unique) {
    bool covered = std::ranges::any_of(out, [&](const IndexDef& i) { return i.columns == columns; });
    if (!covered) out.push_back({index_name(c, columns, unique), std::move(columns), unique});
  };
  auto add_together = [&](const std::vector<std::vector<std::string>>& groups, bool unique) {
    for (const std::vector<std::string>& fields : groups) {
      std::vector<std::string> columns;
      for (const std::string& name : fields) {
        const Field* f = c.find(name);
        if (f && !f->column.empty()) columns.push_back(f->column);
      }
      if (columns.size() == fields.size()) add(std::move(columns), unique);
    }
  };
  add_together(c.unique_together, true);
  for (const Field& f : c.fields()) {
    if (f.column.empty() || f.primary_key) continue;
    if (f.unique)
      add({f.column}, true);
    else if (json::truthy(f.options, "index") || json::truthy(f.options, "isForeignKey"))
      add({f.column}, false);
  }
  add_together(c.indexed_together, false);
  return out;
}

std::vector<std::string> schema_changes(const Schema& from, const Schema& to, const Dialect& dialect) {
  std::vector<std::string> out;
  for (const auto& [name, c] : from.collections()) {
    const Collection* now = to.find(name);
    if (has_table(c) && (!now || now->table != c.table)) out.push_back(dialect.drop_table(c.table));
  }
  for (const auto& [name, c] : to.collections()) {
    if (c.view) continue;
    const Collection* before = from.find(name);
    if (before && before->table == c.table)
      alter_table(out, *before, c, dialect);
    else
      create_table(out, c, dialect);
  }
  return out;
}

std::vector<std::string> missing_parts(const TableInfo& table, const Collection& wanted,
                                       const Dialect& dialect, bool with_indexes) {
  std::vector<std::string> out;
  if (wanted.view) return out;
  if (!table.exists()) {
    create_table(out, wanted, dialect);
    return out;
  }
  for (const ColumnDef& column : columns_of(wanted)) {
    if (std::ranges::find(table.columns, column.name, &TableInfo::Column::name) == table.columns.end())
      out.push_back(dialect.add_column(wanted.table, column));
  }
  if (!with_indexes) return out;
  std::vector<IndexDef> have;
  for (const TableInfo::Index& index : table.indexes)
    have.push_back({index.name, index.columns, index.unique});
  add_indexes(out, wanted, have, dialect);
  return out;
}

}  // namespace flotilla::data
