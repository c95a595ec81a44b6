#include "adapters/sql/flavour.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.hpp"
#include "base/json.hpp"

namespace flotilla::sql {
namespace {

using data::Fragment;

using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

std::string json_of(const Pairs& pairs) {
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
  Fragment pairs(const Pairs& pairs) const override {
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
  std::string_view for_share() const override { return " FOR SHARE"; }
  Fragment pairs(const Pairs& pairs) const override {
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

/// MariaDB and MySQL. They have no RETURNING for every statement, and their conditions on an INSERT cannot
/// tell whether they held.
class Mysql final : public Flavour {
 public:
  std::string_view bigint() const override { return "BIGINT"; }
  std::string_view key() const override { return "VARBINARY(512)"; }
  std::string_view text() const override { return "LONGTEXT CHARACTER SET utf8mb4"; }
  std::string_view numbering() const override { return "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"; }
  std::string_view busy_table() const override { return " ENGINE=InnoDB"; }
  std::string_view plain_table() const override { return " ENGINE=InnoDB"; }

  // One moment for a whole statement, so that comparisons with it can use an index.
  Fragment now(const Clock&) const override {
    return Fragment("CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)");
  }
  std::string_view skip_locked() const override { return " FOR UPDATE SKIP LOCKED"; }
  std::string_view for_share() const override { return " LOCK IN SHARE MODE"; }
  bool returns() const override { return false; }
  bool deadlocks() const override { return true; }

  Fragment among(std::string_view column, const std::vector<std::int64_t>& numbers) const override {
    Fragment out(fmt::format("{} IN (", column));
    each(out, numbers, [](Fragment& to, std::int64_t number) { to.bind(number); });
    return out += ")";
  }
  Fragment among(std::string_view first, std::string_view second, const Pairs& pairs) const override {
    Fragment out(fmt::format("({}, {}) IN (", first, second));
    each(out, pairs, [](Fragment& to, const Pairs::value_type& pair) {
      to += "(";
      to.bind(pair.first);
      to += ", ";
      to.bind(pair.second);
      to += ")";
    });
    return out += ")";
  }
  std::string_view insert_new() const override { return "INSERT IGNORE INTO "; }
  std::string unless_there(std::string_view) const override { return {}; }
  std::string or_change(std::string_view, std::initializer_list<std::string_view> columns) const override {
    std::string out;
    for (std::string_view column : columns)
      out += fmt::format("{}{c} = VALUES({c})", out.empty() ? " ON DUPLICATE KEY UPDATE " : ", ",
                         fmt::arg("c", column));
    return out;
  }
  // MySQL skips the comment, and the session the error that is then possible.
  std::string_view index_unless_there() const override { return "CREATE INDEX /*M!100100 IF NOT EXISTS */ "; }

  Fragment pairs(const Pairs& pairs) const override {
    return statement(
        "SELECT a, b FROM JSON_TABLE(?, '$[*]' COLUMNS (a BIGINT PATH '$[0]', b BIGINT PATH '$[1]')) AS j",
        {json_of(pairs)});
  }
  Fragment texts(const std::vector<std::string>& texts) const override {
    return statement(
        "SELECT a FROM JSON_TABLE(?, '$[*]' COLUMNS (a VARCHAR(512) CHARACTER SET utf8mb4 PATH '$')) AS j",
        {json_of(texts)});
  }
  Fragment not_durable() const override { return {}; }
  Fragment records(std::string, std::string_view) const override { return {}; }
  std::size_t publishing() const override { return 3; }
  Fragment one_at_a_time(std::int64_t number) const override {
    // The lock ends with the transaction: see mysql::open_mysql().
    return Fragment(fmt::format("SELECT GET_LOCK(concat('{:x}_', md5(DATABASE())), 86400)",
                                static_cast<std::uint64_t>(number)));
  }

 private:
  /// The last one again and again, up to a power of two: few sizes make few statements to prepare.
  template <class Items, class Bind>
  static void each(Fragment& out, const Items& items, Bind bind) {
    const std::size_t count = std::bit_ceil(items.size());
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out += ", ";
      bind(out, items[std::min(i, items.size() - 1)]);
    }
  }
};

}  // namespace

Fragment Flavour::among(std::string_view column, const std::vector<std::int64_t>& numbers) const {
  Pairs pairs_of_numbers;
  for (std::int64_t number : numbers) pairs_of_numbers.emplace_back(number, 0);
  return joined({fmt::format("{} IN (SELECT a FROM (", column), pairs(pairs_of_numbers), ") AS numbers)"});
}

Fragment Flavour::among(std::string_view first, std::string_view second, const Pairs& wanted) const {
  const Fragment list = pairs(wanted);
  return joined({fmt::format("{} IN (SELECT a FROM (", first), list,
                 fmt::format(") AS numbers) AND ({}, {}) IN (", first, second), list, ")"});
}

std::string Flavour::unless_there(std::string_view key) const {
  return fmt::format(" ON CONFLICT ({}) DO NOTHING", key);
}

std::string Flavour::or_change(std::string_view key, std::initializer_list<std::string_view> columns) const {
  std::string out;
  for (std::string_view column : columns)
    out += fmt::format("{}{c} = excluded.{c}",
                       out.empty() ? fmt::format(" ON CONFLICT ({}) DO UPDATE SET ", key) : ", ",
                       fmt::arg("c", column));
  return out;
}

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
  static const Mysql mysql;
  if (dialect.name() == "sqlite") return sqlite;
  if (dialect.name() == "postgres") return postgres;
  if (dialect.name() == "mariadb" || dialect.name() == "mysql") return mysql;
  throw Error(500, fmt::format("the cluster layer cannot keep its state in a database of kind \"{}\"",
                               dialect.name()));
}

}  // namespace flotilla::sql
