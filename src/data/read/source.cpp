#include "data/read/source.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "data/read/key_index.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kAlias = "t";

Param param_of(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::null:
      return std::monostate{};
    case Cell::Kind::integer:
      return cell.integer;
    case Cell::Kind::real:
      return cell.real;
    default:
      return std::string(cell.text());
  }
}

std::vector<Param> keys_of_list(std::string_view text) {
  std::vector<Param> out;
  bool ok = false;
  Json list = json::try_parse(text, &ok);
  if (!ok || !list.is_array()) return out;
  for (const Json& item : list.get_array()) {
    if (item.is_int64())
      out.emplace_back(item.get_int64());
    else
      out.emplace_back(json::to_text(item));
  }
  return out;
}

/// The field of the owner whose value the association starts from.
std::string_view starting_key(const Field& association) {
  const Association& a = association.association;
  return association.type == FieldType::belongs_to || association.type == FieldType::belongs_to_array
             ? a.foreign_key
             : a.source_key;
}

Fragment one_key(const Dialect& dialect, const Collection& c, std::string_view alias, const JsonObject& key,
                 const ValueZone& zone) {
  std::vector<Fragment> parts;
  for (const auto& [name, value] : key) {
    const Field& field = c.field(name);
    if (field.column.empty())
      throw bad_request(fmt::format("\"{}\" of \"{}\" is no key", field.name, c.name));
    const std::string column = sql::column(dialect, alias, field.column);
    parts.push_back(value.is_null()
                        ? sql::is_null(column)
                        : sql::compare(column, sql::Compare::equal, coerce_operand(field, value, zone)));
  }
  return parts.empty() ? sql::nothing() : sql::all_of(std::move(parts));
}

}  // namespace

Fragment key_condition(const Dialect& dialect, const Collection& c, std::string_view alias, const Json& keys,
                       const ValueZone& zone) {
  if (keys.is_object()) return one_key(dialect, c, alias, keys.get_object(), zone);
  if (keys.is_array() && !keys.get_array().empty() && keys.get_array().front().is_object()) {
    std::vector<Fragment> parts;
    for (const Json& key : keys.get_array()) {
      if (!key.is_object()) throw bad_request("filterByTk: either all keys are objects or none");
      parts.push_back(one_key(dialect, c, alias, key.get_object(), zone));
    }
    return sql::any_of(std::move(parts));
  }
  const Field* field = c.key_field();
  if (!field) {
    throw bad_request(c.filter_target_key.empty()
                          ? fmt::format("collection \"{}\" has no key: filterByTk cannot be used", c.name)
                          : "multi filter target key value must be object");
  }
  const std::string column = sql::column(dialect, alias, field->column);
  if (!keys.is_array()) return sql::compare(column, sql::Compare::equal, coerce_operand(*field, keys, zone));
  std::vector<Param> values;
  for (const Json& key : keys.get_array()) values.push_back(coerce_operand(*field, key, zone));
  return dialect.in_keys(column, std::move(values));
}

Task<Source> resolve_source(Session& session, const RequestScope& scope, const Collection& owner,
                            const Field& association, const Json& source_id, bool must_exist) {
  Source source{&owner, &association, {}, {}, true, {}};
  const Field* key = owner.key_field();
  const Field& start = owner.field(starting_key(association));
  if (key) source.owner_key = coerce_operand(*key, source_id, scope.zone);
  if (key == &start && !must_exist) {
    source.key = source.owner_key;
    co_return source;
  }
  const Dialect& dialect = session.dialect();
  sql::Select query;
  query.table = owner.from();
  query.alias = kAlias;
  query.columns = {sql::column(dialect, kAlias, start.column)};
  query.where = key_condition(dialect, owner, kAlias, source_id, scope.zone);
  query.limit = 1;
  Fragment statement = sql::select(dialect, query);
  Rows rows = co_await session.query(statement);
  source.exists = !rows.empty();
  if (source.exists) {
    source.key = param_of(rows.at(0, 0));
    if (association.type == FieldType::belongs_to_array && rows.at(0, 0).kind == Cell::Kind::text)
      source.keys = keys_of_list(rows.at(0, 0).text());
  }
  co_return source;
}

}  // namespace flotilla::data
