#include "data/write/links.hpp"

#include <algorithm>

#include "data/read/key_index.hpp"
#include "data/sql/expression.hpp"
#include "data/write/fill.hpp"
#include "data/write/save.hpp"
#include "data/write/tree_paths.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kRoot = "t";

std::vector<Param> params(const Field& field, const std::vector<Json>& values, const WriteScope& scope) {
  std::vector<Param> out;
  for (const Json& value : values) out.push_back(coerce_operand(field, value, scope.zone));
  return out;
}

const Field& identifying_key(const Collection& c) {
  if (const Field* key = c.primary_key()) return *key;
  if (const Field* key = c.key_field()) return *key;
  return c.field("id");
}

/// Children of a tree: linking them puts them somewhere else.
bool is_tree_link(const Collection& target, const Field& foreign_key) {
  return target.tree_parent_key() == &foreign_key;
}

/// The through table of an association and its two key columns.
struct Through {
  const Collection& collection;
  const Field& own;
  const Field& other;
  Through(const Schema& schema, const Field& association)
      : collection(schema.collection(association.association.through)),
        own(collection.field(association.association.foreign_key)),
        other(collection.field(association.association.other_key)) {}

  Fragment of(const Dialect& dialect, const Json& own_value, const WriteScope& scope) const {
    return sql::compare(dialect.quote(own.column), sql::Compare::equal,
                        coerce_operand(own, own_value, scope.zone));
  }
};

/// Writes the attributes of an existing link.
Task<void> update_link(Session& session, const WriteScope& scope, const Through& through,
                       const Json& own_value, const ThroughLink& link) {
  const Dialect& dialect = session.dialect();
  RowValues row;
  co_await fill_change(session, scope, through.collection, link.values, {}, row);
  if (row.empty()) co_return;
  Fragment where = sql::all_of({through.of(dialect, own_value, scope),
                                sql::compare(dialect.quote(through.other.column), sql::Compare::equal,
                                             coerce_operand(through.other, link.target, scope.zone))});
  Fragment statement = sql::update(dialect, through.collection.table, row.assignments(), where);
  co_await session.execute(statement);
  if (!scope.changes) co_return;
  JsonObject key{{through.own.name, own_value}, {through.other.name, link.target}};
  scope.note(RowChange::Kind::updated, through.collection, std::move(key), row.document());
}

}  // namespace

Task<std::optional<Json>> find_key(Session& session, const WriteScope& scope, const Collection& c,
                                   const std::string& by, const Json& value) {
  const Dialect& dialect = session.dialect();
  const Field& field = c.field(by);
  const Field* key = c.key_field();
  const Field& shown = key ? *key : field;
  sql::Select query;
  query.table = c.from();
  query.alias = kRoot;
  query.columns = {dialect.quote(shown.column)};
  query.where = sql::compare(dialect.quote(field.column), sql::Compare::equal,
                             coerce_operand(field, value, scope.zone));
  query.limit = 1;
  Fragment statement = sql::select(dialect, query);
  Rows rows = co_await session.query(statement);
  if (rows.empty()) co_return std::nullopt;
  if (!key) co_return JsonObject{{field.name, cell_json(rows.at(0, 0))}};
  co_return cell_json(rows.at(0, 0));
}

Task<bool> exists(Session& session, const WriteScope& scope, const Collection& c, const Json& key,
                  const Json& rule) {
  ListRequest request;
  request.keys = key;
  request.rule = rule;
  const Dialect& dialect = session.dialect();
  sql::Select query = root_query(dialect, scope, c, nullptr, RowChoice(request));
  query.limit = 1;
  Fragment statement = sql::select(dialect, query);
  const Rows rows = co_await session.query(statement);
  co_return !rows.empty();
}

Task<std::vector<Param>> keys_where(Session& session, const Collection& c, const Field& key,
                                    const Fragment& where) {
  const Dialect& dialect = session.dialect();
  sql::Select query;
  query.table = c.table;
  query.columns = {dialect.quote(key.column)};
  query.where = where;
  Fragment statement = sql::select(dialect, query);
  Rows rows = co_await session.query(statement);
  co_return distinct_keys(rows, 0);
}

Task<void> point_has_links(Session& session, const WriteScope& scope, const Field& association,
                           const Json& own_value, const std::vector<Json>& targets,
                           const std::optional<Json>& only_from) {
  if (targets.empty()) co_return;
  const Dialect& dialect = session.dialect();
  const Collection& target = *scope.schema.target(association);
  const Field& foreign_key = target.field(association.association.foreign_key);
  const Field& key = identifying_key(target);
  Param value = own_value.is_null() ? Param() : coerce_operand(foreign_key, own_value, scope.zone);
  const bool moves = is_tree_link(target, foreign_key);
  if (moves) {
    for (const Param& node : params(key, targets, scope))
      co_await check_tree_parent(session, target, node, value);
  }
  std::vector<Fragment> where{dialect.in_keys(dialect.quote(key.column), params(key, targets, scope))};
  if (only_from)
    where.push_back(sql::compare(dialect.quote(foreign_key.column), sql::Compare::equal,
                                 coerce_operand(foreign_key, *only_from, scope.zone)));
  Fragment statement = sql::update(dialect, target.table, {{foreign_key.column, std::move(value)}},
                                   sql::all_of(std::move(where)));
  co_await session.execute(statement);
  for (const Json& changed : targets)
    scope.note(RowChange::Kind::updated, target, changed, JsonObject{{foreign_key.name, own_value}});
  if (moves) co_await settle_tree_paths(session, scope.schema, target, params(key, targets, scope));
}

Task<void> set_has_links(Session& session, const WriteScope& scope, const Field& association,
                         const Json& own_value, const std::vector<Json>& targets) {
  const Dialect& dialect = session.dialect();
  const Collection& target = *scope.schema.target(association);
  const Field& foreign_key = target.field(association.association.foreign_key);
  const Field& key = identifying_key(target);
  Fragment mine = sql::compare(dialect.quote(foreign_key.column), sql::Compare::equal,
                               coerce_operand(foreign_key, own_value, scope.zone));
  std::vector<Fragment> where{std::move(mine)};
  if (!targets.empty())
    where.push_back(sql::negate(dialect.in_keys(dialect.quote(key.column), params(key, targets, scope))));
  const Fragment others = sql::all_of(std::move(where));
  std::vector<Param> let_go;
  if (is_tree_link(target, foreign_key)) let_go = co_await keys_where(session, target, key, others);
  Fragment statement = sql::update(dialect, target.table, {{foreign_key.column, Param()}}, others);
  if (co_await session.execute(statement) > 0)
    scope.note(RowChange::Kind::updated, target, nullptr, JsonObject{{foreign_key.name, nullptr}});
  co_await settle_tree_paths(session, scope.schema, target, std::move(let_go));
  co_await point_has_links(session, scope, association, own_value, targets);
}

Task<std::vector<Json>> linked_targets(Session& session, const WriteScope& scope, const Field& association,
                                       const Json& own_value) {
  const Dialect& dialect = session.dialect();
  Through through(scope.schema, association);
  sql::Select query;
  query.table = through.collection.table;
  query.columns = {dialect.quote(through.other.column)};
  query.where = through.of(dialect, own_value, scope);
  Fragment statement = sql::select(dialect, query);
  Rows rows = co_await session.query(statement);
  std::vector<Json> out;
  for (std::size_t row = 0; row < rows.size(); ++row) out.push_back(cell_json(rows.at(row, 0)));
  co_return out;
}

Task<void> remove_through_links(Session& session, const WriteScope& scope, const Field& association,
                                const Json& own_value, const std::vector<Json>& targets) {
  if (targets.empty()) co_return;
  const Dialect& dialect = session.dialect();
  Through through(scope.schema, association);
  Fragment where = sql::all_of(
      {through.of(dialect, own_value, scope),
       dialect.in_keys(dialect.quote(through.other.column), params(through.other, targets, scope))});
  Fragment statement = sql::remove(dialect, through.collection.table, where);
  co_await session.execute(statement);
  for (const Json& target : targets) {
    JsonObject key{{through.own.name, own_value}, {through.other.name, target}};
    scope.note(RowChange::Kind::destroyed, through.collection, std::move(key));
  }
}

Task<void> set_through_links(Session& session, const WriteScope& scope, const Field& association,
                             const Json& own_value, const std::vector<ThroughLink>& links, bool exactly) {
  Through through(scope.schema, association);
  const std::vector<Json> before = co_await linked_targets(session, scope, association, own_value);
  auto same = [&](const Json& a, const Json& b) { return json::to_text(a) == json::to_text(b); };
  if (exactly) {
    std::vector<Json> gone;
    for (const Json& target : before) {
      bool wanted =
          std::ranges::any_of(links, [&](const ThroughLink& link) { return same(link.target, target); });
      if (!wanted) gone.push_back(target);
    }
    co_await remove_through_links(session, scope, association, own_value, gone);
  }
  std::vector<Json> done;
  for (const ThroughLink& link : links) {
    if (std::ranges::any_of(done, [&](const Json& target) { return same(target, link.target); })) continue;
    done.push_back(link.target);
    if (std::ranges::any_of(before, [&](const Json& target) { return same(target, link.target); })) {
      co_await update_link(session, scope, through, own_value, link);
      continue;
    }
    JsonObject values = link.values;
    values[through.own.name] = own_value;
    values[through.other.name] = link.target;
    NestedUpdates none;
    co_await create_record(session, scope, through.collection, values, none);
  }
}

}  // namespace flotilla::data
