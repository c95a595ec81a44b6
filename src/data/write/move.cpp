#include "data/write/move.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/write/fill.hpp"
#include "data/write/save.hpp"

namespace flotilla::data {
namespace {

struct Place {
  Json key;
  std::optional<std::int64_t> number;
  Json scope_value;
};

class Mover {
 public:
  Mover(Session& session, const WriteScope& scope, const Collection& c, const Field& sort)
      : session_(session), scope_(scope), c_(c), sort_(sort), dialect_(session.dialect()) {
    std::string_view name = json::text(sort.options, "scopeKey");
    scoped_by_ = name.empty() ? nullptr : c.find(name);
  }

  const Field* scoped_by() const { return scoped_by_; }

  Task<Place> find(const Json& id) {
    Json document = co_await read_document(session_, scope_, c_, id);
    if (!document.is_object())
      throw bad_request(fmt::format("{}: there is no record {}", c_.name, json::to_text(id)));
    const Json* number = json::find(document.get_object(), sort_.name);
    Place place{id, std::nullopt, nullptr};
    if (number && number->is_int64()) place.number = number->get_int64();
    if (scoped_by_) place.scope_value = document.get_object().at(scoped_by_->name);
    co_return place;
  }

  /// The scope of a record is a field like any other: to change it must be allowed.
  Task<void> require_same_scope(const MoveRequest& request) {
    const Place source = co_await find(request.source_id);
    Json wanted = source.scope_value;
    if (!request.target_id.is_null())
      wanted = (co_await find(request.target_id)).scope_value;
    else if (request.target_scope.is_object())
      if (const Json* given = json::find(request.target_scope.get_object(), scoped_by_->name))
        wanted = *given;
    if (json::to_text(wanted) != json::to_text(source.scope_value))
      throw forbidden(fmt::format("No permissions: field \"{}\" of \"{}\" may not be changed",
                                  scoped_by_->name, c_.name));
  }

  Fragment in_scope(const Json& value) const {
    if (!scoped_by_) return {};
    const std::string column = dialect_.quote(scoped_by_->column);
    if (value.is_null()) return sql::is_null(column);
    return sql::compare(column, sql::Compare::equal, coerce_operand(*scoped_by_, value, scope_.zone));
  }

  Task<void> shift(const Json& scope_value, sql::Compare from_how, std::int64_t from,
                   std::optional<std::int64_t> to, sql::Compare to_how, int by) {
    const std::string column = dialect_.quote(sort_.column);
    std::vector<Fragment> where{in_scope(scope_value), sql::compare(column, from_how, from)};
    if (to) where.push_back(sql::compare(column, to_how, *to));
    Fragment statement = sql::shift(dialect_, c_.table, sort_.column, by, sql::all_of(std::move(where)));
    co_await session_.execute(statement);
  }

  Task<void> put(const Json& id, std::int64_t number, const std::optional<Json>& scope_value) {
    std::vector<sql::Assignment> values{{sort_.column, number}};
    if (scope_value && scoped_by_)
      values.push_back({scoped_by_->column, coerce(*scoped_by_, *scope_value, scope_.zone)});
    Fragment statement =
        sql::update(dialect_, c_.table, values, key_condition(dialect_, c_, c_.table, id, scope_.zone));
    co_await session_.execute(statement);
    scope_.note(RowChange::Kind::updated, c_, id, JsonObject{{sort_.name, number}});
  }

  Task<std::int64_t> edge(const Json& scope_value, bool first) {
    const std::string column = dialect_.quote(sort_.column);
    sql::Select query;
    query.table = c_.table;
    query.columns = {first ? sql::minimum(column) : sql::maximum(column)};
    query.where = in_scope(scope_value);
    Fragment statement = sql::select(dialect_, query);
    Rows rows = co_await session_.query(statement);
    if (rows.at(0, 0).is_null()) co_return 1;
    co_return rows.at(0, 0).as_int() + (first ? -1 : 1);
  }

 private:
  Session& session_;
  const WriteScope& scope_;
  const Collection& c_;
  const Field& sort_;
  const Dialect& dialect_;
  const Field* scoped_by_ = nullptr;
};

Task<void> move_to_target(Mover& mover, const MoveRequest& request) {
  using enum sql::Compare;
  Place source = co_await mover.find(request.source_id);
  Place target = co_await mover.find(request.target_id);
  const std::int64_t at = target.number.value_or(0);
  const bool same_scope = !mover.scoped_by() || source.scope_value == target.scope_value;
  if (same_scope && source.number) {
    const std::int64_t from = *source.number;
    if (from == at) co_return;
    if (from < at) {
      // Downwards: those in between move up. insertAfter and "at its place" both end at the target's number.
      co_await mover.shift(target.scope_value, greater, from, at, less_or_equal, -1);
      co_await mover.put(request.source_id, at, std::nullopt);
      co_return;
    }
    const std::int64_t to = request.insert_after ? at + 1 : at;
    co_await mover.shift(target.scope_value, greater_or_equal, to, from, less, 1);
    co_await mover.put(request.source_id, to, std::nullopt);
    co_return;
  }
  const std::int64_t to = request.insert_after ? at + 1 : at;
  co_await mover.shift(target.scope_value, greater_or_equal, to, std::nullopt, less, 1);
  co_await mover.put(request.source_id, to, target.scope_value);
}

}  // namespace

Task<void> move_record(Session& session, const WriteScope& scope, const Collection& c,
                       const MoveRequest& request) {
  const Field* sort = c.find(request.sort_field);
  if (!sort)
    throw bad_request(fmt::format("collection \"{}\" has no sort field \"{}\"", c.name, request.sort_field));
  if (sort->type != FieldType::sort)
    throw bad_request(fmt::format("field \"{}\" of \"{}\" is of type {}, not sort", sort->name, c.name,
                                  field_type_info(sort->type).name));
  Mover mover(session, scope, c, *sort);
  if (request.writable && mover.scoped_by() &&
      std::ranges::find(*request.writable, mover.scoped_by()->name) == request.writable->end())
    co_await mover.require_same_scope(request);
  if (!request.target_id.is_null()) {
    co_await move_to_target(mover, request);
  } else if (request.target_scope.is_object()) {
    if (!mover.scoped_by()) throw bad_request(fmt::format("sort field \"{}\" has no scope", sort->name));
    const Json* value = json::find(request.target_scope.get_object(), mover.scoped_by()->name);
    if (!value) throw bad_request(fmt::format("targetScope must name \"{}\"", mover.scoped_by()->name));
    co_await mover.find(request.source_id);
    const std::int64_t to = co_await mover.edge(*value, request.prepend);
    co_await mover.put(request.source_id, to, *value);
  } else if (request.sticky) {
    co_await mover.find(request.source_id);
    co_await mover.put(request.source_id, 0, std::nullopt);
  } else {
    throw bad_request("move takes targetId, targetScope or sticky");
  }
}

}  // namespace flotilla::data
