#include "data/write/destroy.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "data/read/key_index.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/write/row_values.hpp"

namespace flotilla::data {
namespace {

constexpr std::size_t kChunk = 500;

Task<void> delete_where(Session& session, const WriteScope& scope, const Collection& c, Fragment where,
                        int depth);

/// The values of `field` in the rows about to go.
Task<std::vector<Param>> values_of(Session& session, const Collection& c, const Field& field,
                                   const Fragment& where) {
  const Dialect& dialect = session.dialect();
  sql::Select query;
  query.table = c.table;
  query.columns = {dialect.quote(field.column)};
  query.where = where;
  Fragment statement = sql::select(dialect, query);
  Rows rows = co_await session.query(statement);
  co_return distinct_keys(rows, 0);
}

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

Task<std::vector<Pointing>> pointing_at(Session& session, const WriteScope& scope, const Collection& c,
                                        const Fragment& where) {
  std::vector<Pointing> out;
  for (const Reference& reference : scope.schema.references(c.name)) {
    const Collection* from = scope.schema.find(reference.collection);
    const Field* foreign_key = from ? from->find(reference.foreign_key) : nullptr;
    const Field* key = c.find(reference.key);
    if (reference.on_delete == OnDelete::no_action || !from || from->view || !foreign_key ||
        foreign_key->column.empty() || !key || key->column.empty())
      continue;
    out.push_back({&reference, from, foreign_key, co_await values_of(session, c, *key, where)});
  }
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
        Fragment statement = sql::update(dialect, from->table, {{foreign_key->column, Param()}}, pointing);
        if (co_await session.execute(statement) > 0)
          scope.note(RowChange::Kind::updated, *from, nullptr, JsonObject{{foreign_key->name, nullptr}});
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
    going = co_await values_of(session, c, *key, where);
    if (going.empty()) co_return;
  } else if (co_await count_where(session, c, where) == 0) {
    co_return;
  }
  // The rows go first, so that a cycle of cascades ends; what they were referred by is read before.
  const std::vector<Pointing> pointing = co_await pointing_at(session, scope, c, where);
  Fragment statement = sql::remove(session.dialect(), c.table, where);
  co_await session.execute(statement);
  for (const Param& gone : going) scope.note(RowChange::Kind::destroyed, c, param_json(gone));
  if (!key) scope.note(RowChange::Kind::destroyed, c, nullptr);
  for (const Pointing& p : pointing) {
    if (p.reference->on_delete == OnDelete::restrict) co_await follow_reference(session, scope, p, depth);
  }
  for (const Pointing& p : pointing) {
    if (p.reference->on_delete != OnDelete::restrict) co_await follow_reference(session, scope, p, depth);
  }
}

}  // namespace

Task<std::int64_t> destroy_records(Session& session, const WriteScope& scope, const Collection& c,
                                   const Source* source, const ListRequest& rows) {
  check_writable(c);
  const Dialect& dialect = session.dialect();
  sql::Select query = root_query(dialect, scope, c, source, RowChoice(rows));
  const Field* key = c.primary_key() ? c.primary_key() : c.key_field();
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
