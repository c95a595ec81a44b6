#include "adapters/sql/flavour.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/json.hpp"

namespace flotilla::sql {
namespace {

using data::Fragment;

std::string json_of(const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) {
  std::string json = "[";
  for (auto [a, b] : pairs) json += fmt::format("{}[{},{}]", json.size() == 1 ? "" : ",", a, b);
  return json += "]";
}

std::string json_of(const std::vector<std::string>& texts) {
  JsonArray json;
  for (const std::string& text : texts) json.emplace_back(text);
  return json::dump(json);
}

class Sqlite final : public Flavour {
 public:
  std::string_view bigint() const override { return "INTEGER"; }
  std::string_view key() const override { return "TEXT"; }
  std::string_view text() const override { return "TEXT"; }
  std::string_view numbering() const override { return "INTEGER PRIMARY KEY AUTOINCREMENT"; }
  std::string_view busy_table() const override { return ""; }

  Fragment now(const Clock& machine) const override {
    return Fragment().bind(std::int64_t{machine.now().time_since_epoch().count()});
  }
  std::string_view skip_locked() const override { return ""; }
  Fragment pairs(const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) const override {
    return statement("SELECT value->>0 AS a, value->>1 AS b FROM json_each(?)", {json_of(pairs)});
  }
  Fragment texts(const std::vector<std::string>& texts) const override {
    return statement("SELECT value AS a FROM json_each(?)", {json_of(texts)});
  }
  Fragment not_durable() const override { return {}; }
  Fragment records(std::string, std::string_view) const override { return {}; }
  // The database's own thread lets works that wait together share a commit.
  std::size_t publishing() const override { return 64; }
  Fragment one_at_a_time(std::int64_t) const override { return {}; }
};

class Postgres final : public Flavour {
 public:
  std::string_view bigint() const override { return "BIGINT"; }
  std::string_view key() const override { return "TEXT COLLATE \"C\""; }
  std::string_view text() const override { return "TEXT"; }
  std::string_view numbering() const override { return "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"; }
  // Rows that are changed stay on their page, and what is dead is swept away long before a fifth of a large
  // table is.
  std::string_view busy_table() const override {
    return " WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, "
           "autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)";
  }

  // As a query of its own it is asked once a statement, and comparisons with it can use an index.
  Fragment now(const Clock&) const override {
    return Fragment("(SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)");
  }
  std::string_view skip_locked() const override { return " FOR UPDATE SKIP LOCKED"; }
  Fragment pairs(const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) const override {
    return statement(
        "SELECT (value->>0)::bigint AS a, (value->>1)::bigint AS b FROM json_array_elements(?::json)",
        {json_of(pairs)});
  }
  Fragment texts(const std::vector<std::string>& texts) const override {
    return statement("SELECT value COLLATE \"C\" AS a FROM json_array_elements_text(?::json)",
                     {json_of(texts)});
  }
  Fragment not_durable() const override {
    return Fragment("SELECT set_config('synchronous_commit', 'off', true)");
  }
  // One statement whatever the number of rows: it is planned once, and is one journey.
  Fragment records(std::string json, std::string_view columns) const override {
    return statement(fmt::format("json_to_recordset(?::json) AS records({})", columns), {std::move(json)});
  }
  std::size_t publishing() const override { return 3; }
  Fragment one_at_a_time(std::int64_t number) const override {
    return statement("SELECT pg_advisory_xact_lock(?::bigint)", {number});
  }
};

}  // namespace

Fragment statement(std::string_view text, std::vector<data::Param> values) {
  Fragment out;
  out.text = text;
  for (char& c : out.text)
    if (c == '?') c = Fragment::kPlaceholder;
  out.params = std::move(values);
  return out;
}

Fragment joined(std::initializer_list<Fragment> parts) {
  Fragment out;
  for (const Fragment& part : parts) out += part;
  return out;
}

const Flavour& Flavour::of(const data::Dialect& dialect) {
  static const Sqlite sqlite;
  static const Postgres postgres;
  if (dialect.name() == "sqlite") return sqlite;
  if (dialect.name() == "postgres") return postgres;
  throw Error(500, fmt::format("the cluster layer cannot keep its state in a database of kind \"{}\"",
                               dialect.name()));
}

}  // namespace flotilla::sql
