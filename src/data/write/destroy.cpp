#include "data/write/destroy.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "data/read/key_index.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/write/links.hpp"
#include "data/write/row_values.hpp"
#include "data/write/save.hpp"
#include "data/write/tree_paths.hpp"

namespace flotilla::data {
namespace {

constexpr std::size_t kChunk = 500;
constexpr std::size_t kCompositeChunk = 100;

Task<void> delete_where(Session& session, const WriteScope& scope, const Collection& c, Fragment where,
                        int depth);

Task<std::int64_t> count_where(Session& session, const Collection& c, const Fragment& where) {
  sql::Select query;
  query.table = c.table;
  query.where = where;
  Fragment statement = sql::count(session.dialect(), query);
  Rows rows = co_await session.query(statement);
  co_return rows.at(0, 0).as_int();
}

/// A reference that has to be followed, with the keys of the rows that went.
struct Pointing {
  const Reference* reference;
  const Collection* from;
  const Field* foreign_key;
  std::vector<Param> keys;
};

/// Adds what follows when the rows that `where` chooses go from `c`, references that are `known` left out.
Task<void> add_pointing(Session& session, const WriteScope& scope, const Collection& c, const Fragment& where,
                        const std::vector<Reference>& known, std::vector<Pointing>& out) {
  auto same = [](const Reference& a, const Reference& b) {
    return a.collection == b.collection && a.foreign_key == b.foreign_key && a.key == b.key;
  };
  for (const Reference& reference : scope.schema.references(c.name)) {
    if (std::ranges::any_of(known, [&](const Reference& k) { return same(k, reference); })) continue;
    const Collection* from = scope.schema.find(reference.collection);
    const Field* foreign_key = from ? from->find(reference.foreign_key) : nullptr;
    const Field* key = c.find(reference.key);
    if (reference.on_delete == OnDelete::no_action || !from || from->read_only || !foreign_key ||
        foreign_key->column.empty() || !key || key->column.empty())
      continue;
    out.push_back({&reference, from, foreign_key, co_await keys_where(session, c, *key, where)});
  }
}

Task<std::vector<Pointing>> pointing_at(Session& session, const WriteScope& scope, const Collection& c,
                                        const Fragment& where) {
  std::vector<Pointing> out;
  co_await add_pointing(session, scope, c, where, {}, out);
  // A row of a collection that inherits is pointed at by what knows only that collection, too.
  for (const std::string& name : c.descendants)
    co_await add_pointing(session, scope, scope.schema.collection(name), where,
                          scope.schema.references(c.name), out);
  co_return out;
}

Task<void> follow_reference(Session& session, const WriteScope& scope, const Pointing& pointing_here,
                            int depth) {
  const Dialect& dialect = session.dialect();
  const auto& [which, from, foreign_key, keys] = pointing_here;
  const Reference& reference = *which;
  for (std::size_t at = 0; at < keys.size(); at += kChunk) {
    std::vector<Param> chunk(keys.begin() + static_cast<std::ptrdiff_t>(at),
                             keys.begin() + static_cast<std::ptrdiff_t>(std::min(keys.size(), at + kChunk)));
    Fragment pointing = dialect.in_keys(dialect.quote(foreign_key->column), std::move(chunk));
    switch (reference.on_delete) {
      case OnDelete::restrict:
        if (co_await count_where(session, *from, pointing) > 0)
          throw bad_request(fmt::format("RESTRICT: records of \"{}\" still point to it by \"{}\"",
                                        from->title(), foreign_key->name));
        break;
      case OnDelete::cascade:
        co_await delete_where(session, scope, *from, std::move(pointing), depth + 1);
        break;
      default: {
        const Field* key = from->primary_key();
        std::vector<Param> let_go;
        if (key && from->tree_parent_key() == foreign_key)
          let_go = co_await keys_where(session, *from, *key, pointing);
        Fragment statement = sql::update(dialect, from->table, {{foreign_key->column, Param()}}, pointing);
        if (co_await session.execute(statement) > 0)
          scope.note(RowChange::Kind::updated, *from, nullptr, JsonObject{{foreign_key->name, nullptr}});
        co_await settle_tree_paths(session, scope.schema, *from, std::move(let_go));
      }
    }
  }
}

Task<void> delete_where(Session& session, const WriteScope& scope, const Collection& c, Fragment where,
                        int depth) {
  check_writable(c);
  if (depth > kCascadeDepthMax)
    throw bad_request(fmt::format("deleting cascades more than {} levels deep", kCascadeDepthMax));
  const Field* key = c.primary_key() ? c.primary_key() : c.key_field();
  std::vector<Param> going;
  if (scope.changes && key) {
    going = co_await keys_where(session, c, *key, where);
    if (going.empty()) co_return;
  } else if (co_await count_where(session, c, where) == 0) {
    co_return;
  }
  // The rows go first, so that a cycle of cascades ends; what they were referred by is read before.
  const std::vector<Pointing> pointing = co_await pointing_at(session, scope, c, where);
  std::vector<Param> nodes;
  if (c.tree_parent_key() && c.primary_key())
    nodes = co_await keys_where(session, c, *c.primary_key(), where);
  Fragment statement = sql::remove(session.dialect(), c.table, where);
  co_await session.execute(statement);
  co_await remove_tree_paths(session, scope.schema, c, nodes);
  for (const Param& gone : going) scope.note(RowChange::Kind::destroyed, c, param_json(gone));
  if (!key) scope.note(RowChange::Kind::destroyed, c, nullptr);
  for (const Pointing& p : pointing) {
    if (p.reference->on_delete == OnDelete::restrict) co_await follow_reference(session, scope, p, depth);
  }
  for (const Pointing& p : pointing) {
    if (p.reference->on_delete != OnDelete::restrict) co_await follow_reference(session, scope, p, depth);
  }
}

/// The rows that `query` finds, addressed by all of their keys.
Task<std::int64_t> destroy_by_composite_key(Session& session, const WriteScope& scope, const Collection& c,
                                            sql::Select query) {
  const Dialect& dialect = session.dialect();
  std::vector<const Field*> keys;
  query.columns.clear();
  for (const std::string& name : c.filter_target_key) {
    keys.push_back(&c.field(name));
    query.columns.push_back(sql::column(dialect, query.alias, keys.back()->column));
  }
  Fragment statement = sql::select(dialect, query);
  const Rows rows = co_await session.query(statement);
  for (std::size_t at = 0; at < rows.size(); at += kCompositeChunk) {
    std::vector<Fragment> chosen;
    for (std::size_t row = at; row < std::min(rows.size(), at + kCompositeChunk); ++row) {
      std::vector<Fragment> parts;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string column = dialect.quote(keys[i]->column);
        const Json value = cell_json(rows.at(row, i));
        parts.push_back(value.is_null() ? sql::is_null(column)
                                        : sql::compare(column, sql::Compare::equal,
                                                       coerce_operand(*keys[i], value, scope.zone)));
      }
      chosen.push_back(sql::all_of(std::move(parts)));
    }
    co_await delete_where(session, scope, c, sql::any_of(std::move(chosen)), 0);
  }
  co_return static_cast<std::int64_t>(rows.size());
}

}  // namespace

Task<std::int64_t> destroy_records(Session& session, const WriteScope& scope, const Collection& c,
                                   const Source* source, const ListRequest& rows) {
  check_writable(c);
  const Dialect& dialect = session.dialect();
  sql::Select query = root_query(dialect, scope, c, source, RowChoice(rows));
  const Field* key = c.primary_key() ? c.primary_key() : c.key_field();
  if (!key && c.filter_target_key.size() > 1)
    co_return co_await destroy_by_composite_key(session, scope, c, std::move(query));
  if (!key) {
    // Without a single key the condition itself addresses the rows; it may then not reach into other tables.
    if (!query.joins.empty() || !rows.keys || is_valid_filter(rows.filter) || !rows.rule.is_null())
      throw bad_request(fmt::format(
          "collection \"{}\" has no single key: its records are destroyed by filterByTk only", c.name));
    Fragment where = key_condition(dialect, c, c.table, *rows.keys, scope.zone);
    std::int64_t count = co_await count_where(session, c, where);
    co_await delete_where(session, scope, c, std::move(where), 0);
    co_return count;
  }
  query.columns = {sql::column(dialect, query.alias, key->column)};
  Fragment statement = sql::select(dialect, query);
  const Rows found = co_await session.query(statement);
  std::vector<Param> chosen = distinct_keys(found, 0);
  const auto count = static_cast<std::int64_t>(chosen.size());
  for (std::size_t at = 0; at < chosen.size(); at += kChunk) {
    std::vector<Param> chunk(
        chosen.begin() + static_cast<std::ptrdiff_t>(at),
        chosen.begin() + static_cast<std::ptrdiff_t>(std::min(chosen.size(), at + kChunk)));
    co_await delete_where(session, scope, c, dialect.in_keys(dialect.quote(key->column), std::move(chunk)),
                          0);
  }
  co_return count;
}

}  // namespace flotilla::data
