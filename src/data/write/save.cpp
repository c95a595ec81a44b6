#include "data/write/save.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "data/read/read_limits.hpp"
#include "data/sql/expression.hpp"
#include "data/value/present.hpp"
#include "data/write/computed.hpp"
#include "data/write/fill.hpp"
#include "data/write/nested.hpp"
#include "data/write/numbering.hpp"

namespace flotilla::data {
namespace {

/// The database's refusal in the words of the API, with the fields' labels.
Error explain(const SqlError& error, const Collection& c) {
  std::vector<Error::Item> items;
  auto label = [&](const std::string& column) {
    for (const Field& f : c.fields()) {
      if (f.column == column) return f.label();
    }
    return column;
  };
  const bool ours = error.table.empty() || error.table == c.table;
  if (ours && error.kind == SqlError::Kind::unique) {
    for (const std::string& column : error.columns)
      items.push_back({fmt::format("{} already exists", label(column)), {}});
  } else if (ours && error.kind == SqlError::Kind::not_null) {
    for (const std::string& column : error.columns)
      items.push_back({fmt::format("{} cannot be null", label(column)), {}});
  }
  if (items.empty()) throw error;
  return Error(400, std::move(items));
}

JsonObject with_fixed(const JsonObject& values, const JsonObject& fixed) {
  JsonObject out = values;
  for (const auto& [key, value] : fixed) out[key] = value;
  return out;
}

/// Key of a row just written: from its values, except the one the database made.
Json key_of_row(const Collection& c, const RowValues& row, const std::optional<Json>& made) {
  const Field* primary = c.primary_key();
  auto value_of = [&](const Field& f) -> Json {
    if (made && &f == primary) return *made;
    const Param* value = row.find(f);
    return value ? param_json(*value) : Json(nullptr);
  };
  if (const Field* key = c.key_field()) return value_of(*key);
  JsonObject composite;
  if (primary) return JsonObject{{primary->name, value_of(*primary)}};
  for (const std::string& name : c.filter_target_key) composite[name] = value_of(c.field(name));
  if (composite.empty()) {
    // Nothing identifies the row but what is in it; documents and fractions do not compare reliably.
    for (const auto& [field, value] : row.values()) {
      const ValueClass kind = field->values;
      const bool exact = kind != ValueClass::json && kind != ValueClass::list && kind != ValueClass::number &&
                         kind != ValueClass::decimal && kind != ValueClass::blob;
      if (exact) composite[field->name] = param_json(value);
    }
  }
  return composite;
}

Task<Json> insert_row(Session& session, const Schema& schema, const Collection& c, RowValues& row) {
  const Field* primary = c.primary_key();
  if (primary && primary->auto_increment) co_await settle_number(session, schema, c, *primary, row);
  const bool generated = primary && primary->auto_increment && !row.has(*primary);
  Fragment statement =
      sql::insert(session.dialect(), c.table, row.assignments(), generated ? primary->column : std::string());
  try {
    if (!generated) {
      co_await session.execute(statement);
      co_return key_of_row(c, row, std::nullopt);
    }
    Rows rows = co_await session.query(statement);
    co_return key_of_row(c, row, cell_json(rows.at(0, 0)));
  } catch (const SqlError& error) {
    throw explain(error, c);
  }
}

Task<void> update_row(Session& session, const WriteScope& scope, const Collection& c, const Json& key,
                      const RowValues& row) {
  const Dialect& dialect = session.dialect();
  Fragment statement =
      sql::update(dialect, c.table, row.assignments(), key_condition(dialect, c, c.table, key, scope.zone));
  try {
    co_await session.execute(statement);
  } catch (const SqlError& error) {
    throw explain(error, c);
  }
}

void write_key(const Saved& saved, JsonWriter& out) {
  const Field* key = saved.collection->key_field();
  out.begin_object();
  out.key(key ? key->name : "id");
  out.value(saved.key);
  out.end_object();
}

/// A record that was only linked: what may be read of it.
Task<void> write_linked(Session& session, const WriteScope& scope, const Saved& saved,
                        const ReadLimits& limits, JsonWriter& out) {
  const Collection& c = *saved.collection;
  const ReadLimit& limit = limits.of(c.name);
  if (!limit.readable) {
    write_key(saved, out);
    co_return;
  }
  SelectionRequest shown;
  shown.fields = limit.fields;
  const auto selection = make_selection(scope.schema, c, shown);
  ListRequest request;
  request.keys = saved.key;
  request.rule = limit.rows;
  const Records records = co_await find_records(session, scope, c, nullptr, request, *selection, 1, 0);
  if (records.rows.empty())
    write_key(saved, out);
  else
    write_record(out, scope.schema, records, 0);
}

}  // namespace

Json cell_json(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::null:
      return nullptr;
    case Cell::Kind::integer:
      return cell.integer;
    case Cell::Kind::real:
      return cell.real;
    default:
      return Json(cell.text());
  }
}

Task<Json> read_document(Session& session, const WriteScope& scope, const Collection& c, const Json& key) {
  Selection selection;
  selection.collection = &c;
  selection.columns = stored_fields(c);
  selection.shown = selection.columns.size();
  ListRequest request;
  request.keys = key;
  Records records = co_await find_records(session, scope, c, nullptr, request, selection, 1, 0);
  if (records.rows.empty()) co_return nullptr;
  std::string text;
  JsonWriter out(text);
  write_record(out, scope.schema, records, 0);
  co_return json::parse(text);
}

Task<Saved> create_record(Session& session, const WriteScope& scope, const Collection& c,
                          const JsonObject& given, const NestedUpdates& updates, const std::string& path,
                          const JsonObject& fixed) {
  check_writable(c);
  const JsonObject values = with_fixed(given, fixed);
  Saved saved{&c, nullptr, {}};
  RowValues row;
  co_await save_owned_keys(session, scope, c, values, updates, path, row, saved);
  co_await fill_new(session, scope, c, values, row);
  saved.key = co_await insert_row(session, scope.schema, c, row);
  if (scope.changes) scope.note(RowChange::Kind::created, c, saved.key, row.document());
  co_await save_dependents(session, scope, c, values, updates, path, saved);
  co_return saved;
}

Task<Saved> update_record(Session& session, const WriteScope& scope, const Collection& c, const Json& key,
                          const JsonObject& values, const NestedUpdates& updates, const std::string& path) {
  check_writable(c);
  Saved saved{&c, key, {}};
  RowValues row;
  co_await save_owned_keys(session, scope, c, values, updates, path, row, saved);
  const bool needs_current = reads_current(c);
  Json current = needs_current ? co_await read_document(session, scope, c, key) : Json(JsonObject{});
  static const JsonObject kNothing;
  co_await fill_change(session, scope, c, values, current.is_object() ? current.get_object() : kNothing, row);
  if (!row.empty()) {
    co_await update_row(session, scope, c, key, row);
    if (scope.changes) scope.note(RowChange::Kind::updated, c, key, row.document());
  }
  // The key itself may have been changed.
  if (const Field* field = c.key_field()) {
    if (const Param* changed = row.find(*field)) saved.key = param_json(*changed);
  }
  co_await save_dependents(session, scope, c, values, updates, path, saved);
  co_return saved;
}

Task<void> write_saved(Session& session, const WriteScope& scope, const Saved& saved, JsonWriter& out,
                       const Source* source, const ReadLimits* limits) {
  const Collection& c = *saved.collection;
  auto selection = make_selection(scope.schema, c, {});
  ListRequest request;
  request.keys = saved.key;
  Records records = co_await find_records(session, scope, c, source, request, *selection, 1, 0);
  if (records.rows.empty()) {
    out.null();
    co_return;
  }
  write_record(out, scope.schema, records, 0, true);
  for (const SavedAssociation& association : saved.associations) {
    const bool many = is_to_many(association.field->type);
    out.prepared_key(association.field->json_key);
    if (many) out.begin_array();
    for (std::size_t i = 0; i < association.items.size(); ++i) {
      const Saved& item = association.items[i];
      if (association.only_key[i])
        write_key(item, out);
      else if (item.linked && limits)
        co_await write_linked(session, scope, item, *limits, out);
      else
        co_await write_saved(session, scope, item, out, nullptr, limits);
    }
    if (many)
      out.end_array();
    else if (association.items.empty())
      out.null();
  }
  out.end_object();
}

}  // namespace flotilla::data
