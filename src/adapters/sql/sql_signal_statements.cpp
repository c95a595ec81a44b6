#include "adapters/sql/sql_signal_statements.hpp"

#include <fmt/format.h>

#include "adapters/sql/sql_signal.hpp"

namespace flotilla::sql {

using data::Fragment;

std::vector<Fragment> signal_tables(const Flavour& flavour) {
  return {
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_signal_channels (channel {} NOT NULL PRIMARY KEY, "
                  "epoch {} NOT NULL, last_number {} NOT NULL){}",
                  flavour.key(), flavour.text(), flavour.bigint(), flavour.busy_table()),
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_signals (channel {} NOT NULL, number {n} NOT NULL, "
                  "body {} NOT NULL, created_at {n} NOT NULL, PRIMARY KEY (channel, number)){}",
                  flavour.key(), flavour.text(), flavour.plain_table(), fmt::arg("n", flavour.bigint())),
  };
}

Change SignalStatements::advance(const std::string& channel, std::int64_t count) const {
  const Fragment advanced =
      statement("UPDATE flotilla_signal_channels SET last_number = last_number + ? WHERE channel = ?",
                {count, channel});
  if (flavour_.returns()) return {.whole = joined({advanced, " RETURNING epoch, last_number"})};
  return {.find = statement("SELECT epoch, last_number + ? FROM flotilla_signal_channels "
                            "WHERE channel = ? FOR UPDATE",
                            {count, channel}),
          .apply = [advanced](const data::Rows&) { return advanced; }};
}

Fragment SignalStatements::insert(const std::string& channel, std::int64_t number,
                                  std::span<const std::string> bodies) const {
  Fragment sql = "INSERT INTO flotilla_signals (channel, number, body, created_at) VALUES ";
  for (const std::string& body : bodies) {
    if (&body != &bodies.front()) sql += ", ";
    sql += statement("(?, ?, ?, ", {channel, number++, body});
    sql += flavour_.now(clock_);
    sql += ")";
  }
  return sql;
}

Fragment SignalStatements::create(const std::string& channel, const std::string& epoch) const {
  return joined(
      {std::string(flavour_.insert_new()),
       statement("flotilla_signal_channels (channel, epoch, last_number) VALUES (?, ?, 0)", {channel, epoch}),
       flavour_.unless_there("channel")});
}

Fragment SignalStatements::ends(const std::vector<std::string>& channels) const {
  return joined(
      {"SELECT channel, epoch, last_number FROM flotilla_signal_channels WHERE channel IN "
       "(SELECT a FROM (",
       flavour_.texts(channels), ") AS asked)"});
}

Fragment SignalStatements::between(const std::string& channel, std::int64_t after, std::int64_t last,
                                   std::int64_t max) const {
  return statement(
      "SELECT number, body FROM flotilla_signals WHERE channel = ? AND number > ? AND number <= ? "
      "ORDER BY number LIMIT ?",
      {channel, after, last, max});
}

Fragment SignalStatements::oldest(const std::string& channel, std::int64_t last, cluster::Millis age,
                                  std::int64_t max) const {
  return joined({"SELECT number, CASE WHEN created_at < ", flavour_.now(clock_),
                 statement(" - CAST(? AS BIGINT) THEN 1 ELSE 0 END FROM flotilla_signals "
                           "WHERE channel = ? AND number <= ? ORDER BY number LIMIT ?",
                           {std::int64_t{age.count()}, channel, last, max})});
}

Fragment SignalStatements::remove(const std::string& channel, std::int64_t last) const {
  return statement("DELETE FROM flotilla_signals WHERE channel = ? AND number <= ?", {channel, last});
}

}  // namespace flotilla::sql
