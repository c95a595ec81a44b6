#include "data/schema/schema_changes.hpp"

#include <algorithm>

#include "data/schema/index_def.hpp"

namespace flotilla::data {
namespace {

void add_indexes(std::vector<std::string>& out, const Collection& c, const std::vector<IndexDef>& have,
                 const Dialect& dialect) {
  for (const IndexDef& index : indexes_of(c)) {
    bool there = std::ranges::any_of(
        have, [&](const IndexDef& h) { return h.columns == index.columns && h.unique == index.unique; });
    if (!there) out.push_back(dialect.create_index(c.table, index.name, index.columns, index.unique));
  }
}

/// The ancestor without parents by whose numbering the keys go.
const Collection& numbering_ancestor(const Schema& schema, const Collection& c) {
  const Collection* at = &c;
  while (!at->parents.empty()) at = schema.find(at->parents.front());
  return *at;
}

void create_child_table(std::vector<std::string>& out, const Schema& schema, const Collection& c,
                        const Dialect& dialect) {
  std::vector<std::string> parents, keys;
  for (const std::string& name : c.parents) parents.push_back(schema.find(name)->table);
  const Field* number = nullptr;
  for (const Field& f : c.fields()) {
    if (!f.primary_key) continue;
    keys.push_back(f.column);
    if (f.inherited && f.auto_increment) number = &f;
  }
  const std::string numbered_by = number ? numbering_ancestor(schema, c).table : std::string();
  for (std::string& sql : dialect.create_child_table(c.table, columns_of(c), parents, keys, numbered_by))
    out.push_back(std::move(sql));
  add_indexes(out, c, {}, dialect);
}

void create_table(std::vector<std::string>& out, const Schema& schema, const Collection& c,
                  const Dialect& dialect) {
  if (!c.parents.empty()) return create_child_table(out, schema, c, dialect);
  std::vector<ColumnDef> columns = columns_of(c);
  if (columns.empty()) return;  // a collection without columns has no table until it gets one
  for (std::string& sql : dialect.create_table(c.table, columns)) out.push_back(std::move(sql));
  add_indexes(out, c, {}, dialect);
}

/// It is somebody else's table.
bool is_found(const Collection& c) { return json::text(c.options, "from") == "dbsync"; }

std::vector<IndexDef> gone_indexes(const Collection& from, const Collection& to) {
  std::vector<IndexDef> out = indexes_of(from);
  const std::vector<IndexDef> wanted = indexes_of(to);
  std::erase_if(out, [&](const IndexDef& i) { return std::ranges::find(wanted, i) != wanted.end(); });
  return out;
}

bool has(const std::vector<ColumnDef>& columns, std::string_view name) {
  return std::ranges::find(columns, name, &ColumnDef::name) != columns.end();
}

void alter_in_steps(SchemaSteps& out, const Schema& schema, const Collection& from, const Collection& to,
                    const Dialect& dialect) {
  const std::vector<ColumnDef> before = columns_of(from), after = columns_of(to);
  if (!has_table(from)) return create_table(out.adds, schema, to, dialect);
  if (!has_table(to)) return out.drops.push_back(dialect.drop_table(from.table));
  for (const ColumnDef& column : after)
    if (!has(before, column.name)) out.adds.push_back(dialect.add_column(to.table, column));
  const std::vector<IndexDef> wanted = indexes_of(to);
  for (const IndexDef& index : gone_indexes(from, to)) {
    // One that comes may have its name.
    const bool in_the_way = std::ranges::find(wanted, index.name, &IndexDef::name) != wanted.end();
    (in_the_way ? out.adds : out.drops).push_back(dialect.drop_index(from.table, index.name));
  }
  add_indexes(out.adds, to, indexes_of(from), dialect);
  for (const ColumnDef& column : before)
    if (!has(after, column.name)) out.drops.push_back(dialect.drop_column(to.table, column.name));
}

void alter_table(std::vector<std::string>& out, const Schema& schema, const Collection& from,
                 const Collection& to, const Dialect& dialect) {
  std::vector<ColumnDef> before = columns_of(from), after = columns_of(to);
  if (!has_table(from)) return create_table(out, schema, to, dialect);
  if (!has_table(to)) return out.push_back(dialect.drop_table(from.table));
  std::vector<IndexDef> kept = indexes_of(from);
  for (const IndexDef& index : gone_indexes(from, to)) std::erase(kept, index);
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

}  // namespace

std::vector<ColumnDef> columns_of(const Collection& c) {
  std::vector<ColumnDef> columns;
  for (const Field& f : c.fields()) {
    if (f.column.empty() || f.inherited) continue;
    // Two fields may share one column; the first defines it.
    if (std::ranges::find(columns, f.column, &ColumnDef::name) == columns.end())
      columns.push_back(f.column_def());
  }
  return columns;
}

bool has_table(const Collection& c) { return !c.view && (!c.parents.empty() || !columns_of(c).empty()); }

std::vector<const Collection*> parents_first(const Schema& schema) {
  std::vector<const Collection*> out;
  for (const auto& [name, c] : schema.collections()) out.push_back(&c);
  std::ranges::stable_sort(out, {}, &Collection::generation);
  return out;
}

std::vector<std::string> schema_changes(const Schema& from, const Schema& to, const Dialect& dialect) {
  std::vector<std::string> out;
  const std::vector<const Collection*> old = parents_first(from);
  for (auto at = old.rbegin(); at != old.rend(); ++at) {
    const Collection& c = **at;
    const Collection* now = to.find(c.name);
    if (has_table(c) && !is_found(c) && (!now || now->table != c.table))
      out.push_back(dialect.drop_table(c.table));
  }
  auto stays = [](const Collection* before, const Collection& c) {
    return before && before->table == c.table;
  };
  // All of them first: the name of an index that goes may be the one of an index that comes.
  for (const auto& [name, c] : to.collections()) {
    const Collection* before = from.find(name);
    if (c.view || !stays(before, c) || !has_table(*before) || !has_table(c)) continue;
    for (const IndexDef& index : gone_indexes(*before, c))
      out.push_back(dialect.drop_index(c.table, index.name));
  }
  for (const Collection* at : parents_first(to)) {
    const Collection& c = *at;
    if (c.view) continue;
    const Collection* before = from.find(c.name);
    if (stays(before, c))
      alter_table(out, to, *before, c, dialect);
    else
      create_table(out, to, c, dialect);
  }
  return out;
}

SchemaSteps schema_steps(const Schema& from, const Schema& to, const Dialect& dialect) {
  SchemaSteps out;
  const std::vector<const Collection*> old = parents_first(from);
  for (auto at = old.rbegin(); at != old.rend(); ++at) {
    const Collection& c = **at;
    const Collection* now = to.find(c.name);
    if (has_table(c) && !is_found(c) && (!now || now->table != c.table))
      out.drops.push_back(dialect.drop_table(c.table));
  }
  for (const Collection* c : parents_first(to)) {
    if (c->view) continue;
    const Collection* before = from.find(c->name);
    if (before && before->table == c->table)
      alter_in_steps(out, to, *before, *c, dialect);
    else
      create_table(out.adds, to, *c, dialect);
  }
  return out;
}

std::vector<const Collection*> grown(const Schema& from, const Schema& to) {
  std::vector<const Collection*> out;
  for (const auto& [name, c] : to.collections()) {
    if (!has_table(c)) continue;
    const Collection* before = from.find(name);
    if (before && before->table == c.table) {
      const std::vector<ColumnDef> columns = columns_of(*before);
      const std::vector<IndexDef> indexes = indexes_of(*before);
      const bool same_columns =
          std::ranges::all_of(columns_of(c), [&](const ColumnDef& now) { return has(columns, now.name); });
      const bool same_indexes = std::ranges::all_of(indexes_of(c), [&](const IndexDef& now) {
        return std::ranges::find(indexes, now) != indexes.end();
      });
      if (same_columns && same_indexes) continue;
    }
    out.push_back(&c);
  }
  return out;
}

std::vector<std::string> taken_back(const TableInfo& have, const Collection& wanted, const Dialect& dialect) {
  if (!have.exists()) return {dialect.drop_table(wanted.table)};
  std::vector<std::string> out;
  for (const IndexDef& index : indexes_of(wanted))
    if (std::ranges::find(have.indexes, index.name, &TableInfo::Index::name) == have.indexes.end())
      out.push_back(dialect.drop_index(wanted.table, index.name));
  for (const ColumnDef& column : columns_of(wanted))
    if (std::ranges::find(have.columns, column.name, &TableInfo::Column::name) == have.columns.end())
      out.push_back(dialect.drop_column(wanted.table, column.name));
  return out;
}

std::vector<std::string> missing_parts(const TableInfo& table, const Schema& schema, const Collection& wanted,
                                       const Dialect& dialect, bool with_indexes) {
  std::vector<std::string> out;
  if (wanted.view) return out;
  if (!table.exists()) {
    create_table(out, schema, wanted, dialect);
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
