#include "data/write/computed.hpp"

#include <algorithm>

#include "data/sql/expression.hpp"
#include "data/value/date_time.hpp"
#include "data/value/formula.hpp"
#include "data/value/sequence.hpp"

namespace flotilla::data {
namespace {

/// Reads and writes the counters of one sequence field.
class Counters {
 public:
  Counters(Session& session, const WriteScope& scope, const Collection& c, const Field& field)
      : session_(session),
        scope_(scope),
        table_(scope.schema.collection("sequences")),
        dialect_(session.dialect()),
        collection_(c.name),
        field_(field.name) {}

  Task<std::vector<SequenceCounter>> read() {
    sql::Select query;
    query.table = table_.table;
    for (std::string_view name : {"key", "current", "lastGeneratedAt"})
      query.columns.push_back(dialect_.quote(table_.field(name).column));
    query.where = mine();
    Fragment statement = sql::select(dialect_, query);
    Rows rows = co_await session_.query(statement);
    std::vector<SequenceCounter> out;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      SequenceCounter counter;
      counter.key = rows.at(row, 0).as_int();
      if (!rows.at(row, 1).is_null()) counter.current = rows.at(row, 1).as_int();
      if (!rows.at(row, 2).is_null()) counter.last_ms = parse_storage(rows.at(row, 2).as_text());
      out.push_back(counter);
    }
    co_return out;
  }

  Task<void> store(const SequenceCounter& counter, bool exists) {
    std::vector<sql::Assignment> values;
    auto set = [&](std::string_view name, Param value) {
      values.push_back({table_.field(name).column, std::move(value)});
    };
    const Instant now{storage_text(scope_.now_ms)};
    if (counter.current) set("current", *counter.current);
    if (counter.last_ms) set("lastGeneratedAt", Instant{storage_text(*counter.last_ms)});
    set("updatedAt", now);
    if (!exists) {
      set("createdAt", now);
      set("collection", collection_);
      set("field", field_);
      set("key", counter.key);
    }
    Fragment where = sql::all_of({mine(), sql::compare(column("key"), sql::Compare::equal, counter.key)});
    Fragment statement = exists ? sql::update(dialect_, table_.table, values, where)
                                : sql::insert(dialect_, table_.table, values);
    co_await session_.execute(statement);
  }

 private:
  std::string column(std::string_view name) const { return dialect_.quote(table_.field(name).column); }
  Fragment mine() const {
    return sql::all_of({sql::compare(column("collection"), sql::Compare::equal, collection_),
                        sql::compare(column("field"), sql::Compare::equal, field_)});
  }

  Session& session_;
  const WriteScope& scope_;
  const Collection& table_;
  const Dialect& dialect_;
  std::string collection_;
  std::string field_;
};

bool has_text(const RowValues& row, const Field& field) {
  const Param* value = row.find(field);
  const auto* text = value ? std::get_if<std::string>(value) : nullptr;
  return text && !text->empty();
}

}  // namespace

Task<void> fill_sequences(Session& session, const WriteScope& scope, const Collection& c, RowValues& row) {
  for (const Field& field : c.fields()) {
    if (field.type != FieldType::sequence || has_text(row, field)) continue;
    const Json* patterns = field.option("patterns");
    if (!patterns || !patterns->is_array() || patterns->get_array().empty()) continue;
    Counters counters(session, scope, c, field);
    const std::vector<SequenceCounter> before = co_await counters.read();
    SequenceText next =
        next_sequence(patterns->get_array(), before, scope.now_ms, scope.zone.server_minutes, scope.random);
    for (const SequenceCounter& counter : next.counters) {
      const bool exists = std::ranges::find(before, counter.key, &SequenceCounter::key) != before.end();
      co_await counters.store(counter, exists);
    }
    row.set(field, std::move(next.text));
  }
}

void fill_formulas(const Collection& c, const JsonObject& values, RowValues& row) {
  for (const Field& field : c.fields()) {
    if (field.type != FieldType::formula) continue;
    if (json::text(field.options, "expression").empty()) continue;
    row.set(field, coerce(field, formula_value(field.options, values), {}));
  }
}

Task<void> clear_other_radios(Session& session, const Collection& c, const RowValues& row) {
  const Dialect& dialect = session.dialect();
  for (const auto& [field, value] : row.values()) {
    const bool* on = std::get_if<bool>(&value);
    if (field->type != FieldType::radio || !on || !*on) continue;
    const std::string column = dialect.quote(field->column);
    Fragment statement = sql::update(dialect, c.table, {{field->column, false}},
                                     sql::compare(column, sql::Compare::equal, true));
    co_await session.execute(statement);
  }
}

bool reads_current(const Collection& c) {
  return std::ranges::any_of(c.fields(), [](const Field& f) {
    return f.type == FieldType::formula || (f.type == FieldType::sort && f.managed && f.option("scopeKey"));
  });
}

}  // namespace flotilla::data
