#include "data/write/fill.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/sql/expression.hpp"
#include "data/value/date_time.hpp"
#include "data/value/validation.hpp"
#include "data/write/computed.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kNanoidAlphabet =
    "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";

bool is_blank(const Json* value) {
  return !value || value->is_null() || (value->is_string() && value->get_string().empty());
}

int int_option(const Field& field, std::string_view key, int fallback) {
  const Json* value = field.option(key);
  return value && value->is_int64() ? static_cast<int>(value->get_int64()) : fallback;
}

bool auto_fill(const Field& field) {
  const Json* option = field.option("autoFill");
  return !(option && option->is_bool() && !option->get_bool());
}

/// A value that is made when the caller gave none; monostate when the type makes none.
Param generated(const WriteScope& scope, const Field& field) {
  switch (field.type) {
    case FieldType::uid:
      return std::string(json::text(field.options, "prefix")) + random_uid(scope.random);
    case FieldType::uuid:
      return auto_fill(field) ? Param(random_uuid(scope.random)) : Param();
    case FieldType::nanoid: {
      if (!auto_fill(field)) return {};
      std::string_view alphabet = json::text(field.options, "customAlphabet", kNanoidAlphabet);
      return random_text(scope.random, alphabet.empty() ? kNanoidAlphabet : alphabet,
                         static_cast<std::size_t>(std::clamp(int_option(field, "size", 12), 1, 255)));
    }
    case FieldType::snowflake_id:
      return auto_fill(field) ? Param(scope.next_id()) : Param();
    default:
      return {};
  }
}

bool names_creator(const Field& field) {
  return field.name == "createdById" && field.implicit && field.managed;
}
bool names_updater(const Field& field) {
  return field.name == "updatedById" && field.implicit && field.managed;
}
bool is_time_of(const Field& field, std::string_view name) {
  return field.name == name && field.type == FieldType::date;
}

Param user_param(const WriteScope& scope) { return scope.user_id > 0 ? Param(scope.user_id) : Param(); }

/// The value at `dataIndex` of the request's state, for context fields: `user.id` is the current user's id.
Json context_value(const WriteScope& scope, const Field& field) {
  std::string path(json::text(field.options, "dataIndex"));
  if (path == "state.currentUser.id" && scope.user_id > 0) return scope.user_id;
  return nullptr;
}

/// A value that the server sets whatever the caller gave; false when it sets none.
bool set_by_server(const WriteScope& scope, const Field& field, bool creating, RowValues& row) {
  const Instant now{storage_text(scope.now_ms)};
  if (creating && names_creator(field)) return row.set(field, user_param(scope)), true;
  if (names_updater(field)) return row.set(field, user_param(scope)), true;
  if (is_time_of(field, "updatedAt")) return row.set(field, now), true;
  if (!creating && json::truthy(field.options, "onUpdateToCurrentTime"))
    return row.set(field, coerce(field, scope.now_ms, scope.zone)), true;
  if (field.type == FieldType::context && (creating || !json::truthy(field.options, "createOnly"))) {
    Json value = context_value(scope, field);
    return row.set(field, coerce(field, value, scope.zone)), true;
  }
  return false;
}

void set_default(const WriteScope& scope, const Field& field, RowValues& row) {
  if (is_time_of(field, "createdAt") || json::truthy(field.options, "defaultToCurrentTime"))
    return row.set(field, coerce(field, scope.now_ms, scope.zone));
  if (const Json* fallback = field.option("defaultValue"); fallback && !fallback->is_null())
    row.set(field, coerce(field, *fallback, scope.zone));
}

/// Collects one message for each field, so that a caller sees all at once.
class Problems {
 public:
  void check(const Field& field, const JsonObject& values, const RowValues& row, bool creating,
             std::int64_t now_ms) {
    const Param* stored = row.find(field);
    const bool null = !stored || std::holds_alternative<std::monostate>(*stored);
    if (!field.allow_null && null && !field.auto_increment && (creating || stored))
      items_.push_back({fmt::format("{} cannot be null", field.label()), {}});
    const Json* rules = field.option("validation");
    const Json* given = json::find(values, field.name);
    if (rules && rules->is_object() && (creating || given)) {
      for (std::string& message :
           validate(rules->get_object(), given ? *given : Json(), field.label(), now_ms))
        items_.push_back({std::move(message), {}});
    }
  }
  void fail_if_any() {
    if (!items_.empty()) throw Error(400, std::move(items_));
  }

 private:
  std::vector<Error::Item> items_;
};

void check_all(const WriteScope& scope, const Collection& c, const JsonObject& values, const RowValues& row,
               bool creating) {
  Problems problems;
  for (const Field& field : c.fields()) {
    if (!field.column.empty()) problems.check(field, values, row, creating, scope.now_ms);
  }
  problems.fail_if_any();
}

/// What formulas read: defaults and generated values as well as those given.
JsonObject with_made_values(const JsonObject& given, const RowValues& row) {
  JsonObject out = given;
  for (const auto& [field, value] : row.values()) {
    if (out.contains(field->name) || field->values == ValueClass::json || field->values == ValueClass::list)
      continue;
    if (auto number = std::get_if<std::int64_t>(&value))
      out[field->name] = *number;
    else if (auto real = std::get_if<double>(&value))
      out[field->name] = *real;
    else if (auto flag = std::get_if<bool>(&value))
      out[field->name] = *flag;
    else if (auto text = std::get_if<std::string>(&value))
      out[field->name] = *text;
    else if (auto instant = std::get_if<Instant>(&value))
      out[field->name] = instant->text;
  }
  return out;
}

const Param* scope_value(const Collection& c, const Field& field, const RowValues& row) {
  std::string_view scope_key = json::text(field.options, "scopeKey");
  const Field* scoped_by = scope_key.empty() ? nullptr : c.find(scope_key);
  return scoped_by ? row.find(*scoped_by) : nullptr;
}

}  // namespace

Task<std::int64_t> next_sort(Session& session, const Collection& c, const Field& field, const Param* value) {
  const Dialect& dialect = session.dialect();
  sql::Select query;
  query.table = c.table;
  query.columns = {sql::maximum(dialect.quote(field.column))};
  std::string_view scope_key = json::text(field.options, "scopeKey");
  if (const Field* scoped_by = scope_key.empty() ? nullptr : c.find(scope_key)) {
    const std::string column = dialect.quote(scoped_by->column);
    const bool null = !value || std::holds_alternative<std::monostate>(*value);
    query.where = null ? sql::is_null(column) : sql::compare(column, sql::Compare::equal, *value);
  }
  Fragment statement = sql::select(dialect, query);
  Rows rows = co_await session.query(statement);
  co_return rows.at(0, 0).as_int() + 1;
}

Task<void> fill_new(Session& session, const WriteScope& scope, const Collection& c, const JsonObject& values,
                    RowValues& row) {
  for (const Field& field : c.fields()) {
    if (field.column.empty() || row.has(field)) continue;
    if (set_by_server(scope, field, true, row)) continue;
    const Json* given = json::find(values, field.name);
    if (is_blank(given)) {
      Param made = generated(scope, field);
      if (!std::holds_alternative<std::monostate>(made)) {
        row.set(field, std::move(made));
        continue;
      }
    }
    if (given && !(given->is_null() && field.auto_increment))
      row.set(field, coerce(field, *given, scope.zone));
    else
      set_default(scope, field, row);
  }
  for (const Field& field : c.fields()) {
    if (field.type == FieldType::sort && field.managed && !row.has(field))
      row.set(field, co_await next_sort(session, c, field, scope_value(c, field, row)));
  }
  co_await fill_sequences(session, scope, c, row);
  fill_formulas(c, with_made_values(values, row), row);
  check_all(scope, c, values, row, true);
  co_await clear_other_radios(session, c, row);
}

Task<void> fill_change(Session& session, const WriteScope& scope, const Collection& c,
                       const JsonObject& values, const JsonObject& current, RowValues& row) {
  for (const Field& field : c.fields()) {
    if (field.column.empty() || row.has(field)) continue;
    const Json* given = json::find(values, field.name);
    if (!given || (field.type == FieldType::password && is_blank(given))) continue;
    if (field.type == FieldType::context && json::truthy(field.options, "createOnly")) continue;
    if (names_creator(field) || is_time_of(field, "updatedAt") || field.primary_key) continue;  // keys stay
    row.set(field, coerce(field, *given, scope.zone));
  }
  // A row that moves to another scope goes to its end.
  for (const Field& field : c.fields()) {
    if (field.type != FieldType::sort || !field.managed || row.has(field)) continue;
    std::string_view scope_key = json::text(field.options, "scopeKey");
    const Field* scoped_by = scope_key.empty() ? nullptr : c.find(scope_key);
    const Param* moved = scoped_by ? row.find(*scoped_by) : nullptr;
    if (!moved) continue;
    const Json* before = json::find(current, scoped_by->name);
    if (before && coerce_operand(*scoped_by, *before, scope.zone) == *moved) continue;
    row.set(field, co_await next_sort(session, c, field, moved));
  }
  JsonObject merged = current;
  for (const auto& [key, value] : values) merged[key] = value;
  fill_formulas(c, merged, row);
  check_all(scope, c, values, row, false);
  if (row.empty()) co_return;
  for (const Field& field : c.fields()) {
    if (!field.column.empty()) set_by_server(scope, field, false, row);
  }
  co_await clear_other_radios(session, c, row);
}

}  // namespace flotilla::data
