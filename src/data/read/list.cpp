#include "data/read/list.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

#include "base/error.hpp"
#include "data/read/order.hpp"
#include "data/read/tree.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kRoot = "t";
constexpr std::string_view kMiddle = "m";

/// Restricts the query to rows that belong to the source record.
void apply_source(const Dialect& dialect, const Schema& schema, const Source& source, const Collection& c,
                  sql::Select& query, std::vector<Fragment>& where) {
  if (!source.exists) return where.push_back(sql::nothing());
  const Association& a = source.association->association;
  auto root = [&](const std::string& field) { return sql::column(dialect, kRoot, c.field(field).column); };
  switch (source.association->type) {
    case FieldType::belongs_to:
      where.push_back(sql::compare(root(a.target_key), sql::Compare::equal, source.key));
      break;
    case FieldType::has_one:
    case FieldType::has_many:
      where.push_back(sql::compare(root(a.foreign_key), sql::Compare::equal, source.key));
      break;
    case FieldType::belongs_to_array:
      where.push_back(dialect.in_keys(root(a.target_key), source.keys));
      break;
    default: {
      const Collection& through = *schema.through(*source.association);
      auto middle = [&](const std::string& field) {
        return sql::column(dialect, kMiddle, through.field(field).column);
      };
      query.joins.push_back(
          {through.from(), std::string(kMiddle),
           sql::compare_columns(middle(a.other_key), sql::Compare::equal, root(a.target_key))});
      where.push_back(sql::compare(middle(a.foreign_key), sql::Compare::equal, source.key));
    }
  }
}

void append_joins(sql::Select& query, const JoinPaths& paths) {
  query.joins.insert(query.joins.end(), paths.joins().begin(), paths.joins().end());
}

const Collection* through_of(const Schema& schema, const Source* source) {
  return source && source->association->type == FieldType::belongs_to_many
             ? schema.through(*source->association)
             : nullptr;
}

void write_rows(JsonWriter& out, const Schema& schema, const Records& records, std::size_t limit) {
  out.key("data");
  out.begin_array();
  for (std::size_t row = 0; row < records.rows.size() && row < limit; ++row)
    write_record(out, schema, records, row);
  out.end_array();
}

void write_page(JsonWriter& out, const ListRequest& request) {
  out.key("page");
  out.number(request.page);
  out.key("pageSize");
  out.number(request.page_size);
}

/// Of a collection that is too large to count: only whether there is more.
void write_members(JsonWriter& out, const ListRequest& request, bool has_next) {
  out.key("hasNext");
  out.boolean(has_next);
  write_page(out, request);
}

void write_members(JsonWriter& out, const ListRequest& request, std::int64_t count) {
  out.key("count");
  out.integer(count);
  write_page(out, request);
  out.key("totalPage");
  if (request.page_size > 0)
    out.integer(static_cast<std::int64_t>(std::ceil(static_cast<double>(count) / request.page_size)));
  else
    out.null();
}

/// Keys of the records, when the request wants more said of them.
std::vector<Param> keys_for_meta(const ListRequest& request, const Collection& c, const Records& records) {
  const Field* key = c.key_field();
  if (!request.more_meta || !key || records.rows.empty()) return {};
  auto at = std::ranges::find(records.selection->columns, key);
  return distinct_keys(records.rows, static_cast<std::size_t>(at - records.selection->columns.begin()));
}

/// `members` writes what belongs to the page.
Task<void> write_meta(Session& session, const ListRequest& request, const std::vector<Param>& keys,
                      std::function<void()> members, JsonWriter& out) {
  if (!members && !request.more_meta) co_return;
  out.key("meta");
  out.begin_object();
  if (members) members();
  if (request.more_meta) co_await request.more_meta(session, keys, out);
  out.end_object();
}

Task<std::int64_t> count_rows(Session& session, const RequestScope& scope, const Collection& c,
                              const Source* source, const ListRequest& request) {
  sql::Select query = root_query(session.dialect(), scope, c, source, RowChoice(request));
  if (query.distinct) query.columns = column_fragments(session.dialect(), stored_fields(c), kRoot);
  Fragment statement = sql::count(session.dialect(), query);
  if (std::optional<std::int64_t> known = session.remembered_count(statement)) co_return *known;
  Rows rows = co_await session.query(statement);
  const std::int64_t count = rows.at(0, 0).as_int();
  session.remember_count(statement, count);
  co_return count;
}

}  // namespace

sql::Select root_query(const Dialect& dialect, const RequestScope& scope, const Collection& c,
                       const Source* source, const RowChoice& choice) {
  sql::Select query;
  query.table = c.from();
  query.alias = kRoot;
  std::vector<Fragment> where;
  if (source) apply_source(dialect, scope.schema, *source, c, query, where);
  if (choice.keys) where.push_back(key_condition(dialect, c, kRoot, *choice.keys, scope.zone));

  JoinPaths paths(scope.schema, dialect, c, std::string(kRoot));
  limit_joins(paths, dialect, scope, choice.limits);
  Fragment condition = compile_filter(choice.filter, paths, scope.filter(dialect));
  if (!condition.empty()) {
    const Field* key = c.primary_key() ? c.primary_key() : c.key_field();
    if (paths.to_many() && key) {
      // A row that matches through several children must come once: the children are looked at apart.
      sql::Select inner;
      inner.table = c.from();
      inner.alias = kRoot;
      inner.columns = {sql::column(dialect, kRoot, key->column)};
      append_joins(inner, paths);
      inner.where = std::move(condition);
      where.push_back(sql::in_query(sql::column(dialect, kRoot, key->column), sql::select(dialect, inner)));
    } else {
      append_joins(query, paths);
      query.distinct = paths.to_many();
      where.push_back(std::move(condition));
    }
  }
  if (Fragment rule = rule_condition(dialect, scope, c, kRoot, choice.rule); !rule.empty())
    where.push_back(std::move(rule));
  query.where = sql::all_of(std::move(where));
  return query;
}

Task<Records> find_records(Session& session, const RequestScope& scope, const Collection& c,
                           const Source* source, const ListRequest& request, const Selection& selection,
                           std::int64_t limit, std::int64_t offset) {
  const Dialect& dialect = session.dialect();
  sql::Select query = root_query(dialect, scope, c, source, RowChoice(request));
  JoinPaths order_paths(scope.schema, dialect, c, std::string(kRoot), "o");
  limit_joins(order_paths, dialect, scope, request.limits);
  query.order_by = order_terms(dialect, order_paths, request.sort);
  append_joins(query, order_paths);
  query.columns = column_fragments(dialect, selection.columns, kRoot);

  Records records;
  records.selection = &selection;
  records.pivot = through_of(scope.schema, source) != nullptr;
  if (records.pivot && selection.unrestricted) {
    records.through = through_of(scope.schema, source);
    records.through_column = selection.columns.size();
    for (Fragment& column : column_fragments(dialect, stored_fields(*records.through), kMiddle))
      query.columns.push_back(std::move(column));
  }
  if (!c.descendants.empty()) {
    records.origin_column = query.columns.size();
    for (Fragment& name : dialect.row_origin(kRoot)) query.columns.push_back(std::move(name));
  }
  query.limit = limit;
  query.offset = offset;
  Fragment statement = sql::select(dialect, query);
  records.rows = co_await session.query(statement);
  co_return records;
}

namespace {

Task<void> list_rows(Session& session, const RequestScope& scope, const Collection& c, const Source* source,
                     const ListRequest& request, JsonWriter& out) {
  auto selection = make_selection(scope.schema, c, request.selection, request.limits);
  if (request.more_meta && c.key_field()) selection->index_of(*c.key_field());
  const auto size = static_cast<std::int64_t>(std::floor(request.page_size));
  const std::int64_t offset =
      request.paginate ? static_cast<std::int64_t>((request.page - 1) * static_cast<double>(size)) : 0;
  const bool simple = request.paginate && c.simple_paginate;
  std::int64_t limit = request.paginate ? size + (simple ? 1 : 0) : -1;

  Records records = co_await find_records(session, scope, c, source, request, *selection, limit, offset);
  const auto found = static_cast<std::int64_t>(records.rows.size());
  co_await load_appends(session, scope, records, request.limits);
  write_rows(out, scope.schema, records, simple ? static_cast<std::size_t>(size) : records.rows.size());
  const std::vector<Param> keys = keys_for_meta(request, c, records);
  if (!request.paginate) {
    co_await write_meta(session, request, keys, {}, out);
    co_return;
  }
  if (simple) {
    std::function<void()> members = [&] { write_members(out, request, found > size); };
    co_await write_meta(session, request, keys, std::move(members), out);
    co_return;
  }
  // A page that is not full ends the result, so its size is known without counting.
  std::int64_t count = offset + found;
  const bool last = found < size && (found > 0 || offset == 0);
  if (!last || size == 0) count = co_await count_rows(session, scope, c, source, request);
  std::function<void()> members = [&] { write_members(out, request, count); };
  co_await write_meta(session, request, keys, std::move(members), out);
}

}  // namespace

Task<void> list(Session& session, const RequestScope& scope, const Collection& c, const Source* source,
                const ListRequest& request, JsonWriter& out) {
  if (request.tree && c.tree && !source) {
    co_await list_tree(session, scope, c, request, out);
    co_return;
  }
  std::exception_ptr refused;
  try {
    co_await list_rows(session, scope, c, source, request, out);
  } catch (const Error&) {
    refused = std::current_exception();
  }
  if (!refused) co_return;
  // Where there are no rows, NocoBase never gets to read fields and sort: clients see an empty page.
  if (!request.paginate || c.simple_paginate || co_await count_rows(session, scope, c, source, request) > 0)
    std::rethrow_exception(refused);
  write_rows(out, scope.schema, {}, 0);
  std::function<void()> members = [&] { write_members(out, request, std::int64_t{0}); };
  co_await write_meta(session, request, {}, std::move(members), out);
}

Task<void> get(Session& session, const RequestScope& scope, const Collection& c, const Source* source,
               const ListRequest& request, JsonWriter& out) {
  auto selection = make_selection(scope.schema, c, request.selection, request.limits);
  if (request.more_meta && c.key_field()) selection->index_of(*c.key_field());
  Records records = co_await find_records(session, scope, c, source, request, *selection, 1, 0);
  co_await load_appends(session, scope, records, request.limits);
  out.key("data");
  if (records.rows.empty())
    out.null();
  else
    write_record(out, scope.schema, records, 0);
  const std::vector<Param> keys = keys_for_meta(request, c, records);
  co_await write_meta(session, request, keys, {}, out);
}

}  // namespace flotilla::data
