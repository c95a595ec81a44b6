#include "adapters/sql/sql_outbox_statements.hpp"

#include <fmt/format.h>

#include "adapters/sql/sql_outbox.hpp"

namespace flotilla::sql {
namespace {

using data::Fragment;

Fragment millis(cluster::Millis time) { return Fragment().bind(std::int64_t{time.count()}); }

}  // namespace

std::vector<Fragment> outbox_tables(const Flavour& flavour) {
  return {
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_outbox (seq {}, kind {n} NOT NULL, "
                  "channel {k} NOT NULL, payload {} NOT NULL, taken_until {n} NOT NULL){}",
                  flavour.numbering(), flavour.text(), flavour.busy_table(), fmt::arg("n", flavour.bigint()),
                  fmt::arg("k", flavour.key())),
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_outbox_lanes (channel {k} NOT NULL PRIMARY KEY, "
                  "holder {k} NOT NULL, held_until {} NOT NULL){}",
                  flavour.bigint(), flavour.busy_table(), fmt::arg("k", flavour.key())),
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_outbox_refused (seq {n} NOT NULL PRIMARY KEY, "
                  "kind {n} NOT NULL, channel {} NOT NULL, payload {t} NOT NULL, reason {t} NOT NULL, "
                  "refused_at {n} NOT NULL){}",
                  flavour.key(), flavour.plain_table(), fmt::arg("n", flavour.bigint()),
                  fmt::arg("t", flavour.text())),
  };
}

Fragment OutboxStatements::insert(Kind kind, const std::string& channel, const std::string& payload) const {
  return statement("INSERT INTO flotilla_outbox (kind, channel, payload, taken_until) VALUES (?, ?, ?, 0)",
                   {static_cast<std::int64_t>(kind), channel, payload});
}

/// The second part frees what was taken before the clock was set back.
Fragment OutboxStatements::free(cluster::Millis lease) const {
  return joined(
      {"kind = 0 AND (taken_until <= ", now(), " OR taken_until > ", now(), " + ", millis(2 * lease), ")"});
}

Fragment OutboxStatements::any_message(cluster::Millis lease) const {
  return joined({"SELECT 1 FROM flotilla_outbox WHERE ", free(lease), " LIMIT 1"});
}

Change OutboxStatements::take_messages(std::size_t max, cluster::Millis lease) const {
  const Fragment next = joined({" FROM flotilla_outbox WHERE ", free(lease),
                                statement(" ORDER BY seq LIMIT ?", {static_cast<std::int64_t>(max)}),
                                std::string(flavour_.skip_locked())});
  const Fragment take =
      joined({"UPDATE flotilla_outbox SET taken_until = ", now(), " + ", millis(lease), " WHERE "});
  if (flavour_.returns())
    return {.whole = joined({"WITH next AS MATERIALIZED (SELECT seq", next, ") ", take,
                             "seq IN (SELECT seq FROM next) RETURNING seq, payload"})};
  return {.find = joined({"SELECT seq, payload", next}), .apply = [take, this](const data::Rows& found) {
            return joined({take, among(numbers_in(found))});
          }};
}

Fragment OutboxStatements::give_back(const std::vector<std::int64_t>& numbers) const {
  return joined({"UPDATE flotilla_outbox SET taken_until = 0 WHERE ", among(numbers)});
}

Fragment OutboxStatements::pending() const {
  return Fragment("SELECT count(*) FROM (SELECT 1 FROM flotilla_outbox LIMIT 100000) AS counted");
}

Fragment OutboxStatements::channels_of_signals(std::size_t max) const {
  return statement(
      "SELECT channel FROM flotilla_outbox WHERE kind = 1 GROUP BY channel ORDER BY min(seq) LIMIT ?",
      {static_cast<std::int64_t>(max)});
}

Upsert OutboxStatements::take_lane(const std::string& channel, const std::string& holder,
                                   cluster::Millis lease) const {
  const Fragment end = joined({now(), " + ", millis(lease)});
  const Fragment row = joined(
      {statement("flotilla_outbox_lanes (channel, holder, held_until) VALUES (?, ?, ", {channel, holder}),
       end, ")"});
  if (flavour_.returns())
    return {.whole = joined(
                {"INSERT INTO ", row,
                 " ON CONFLICT (channel) DO UPDATE SET holder = excluded.holder, "
                 "held_until = excluded.held_until WHERE flotilla_outbox_lanes.holder = excluded.holder "
                 "OR flotilla_outbox_lanes.held_until <= ",
                 now(),
                 // Taken before the clock was set back.
                 " OR flotilla_outbox_lanes.held_until > excluded.held_until + ", millis(lease)})};
  return {.update =
              joined({statement("UPDATE flotilla_outbox_lanes SET holder = ?, held_until = ", {holder}), end,
                      statement(" WHERE channel = ? AND (holder = ? OR held_until <= ", {channel, holder}),
                      now(), " OR held_until > ", end, " + ", millis(lease), ")"}),
          .exists = statement("SELECT 1 FROM flotilla_outbox_lanes WHERE channel = ?", {channel}),
          .insert = joined({std::string(flavour_.insert_new()), row})};
}

Fragment OutboxStatements::leave_lane(const std::string& channel, const std::string& holder) const {
  return statement("UPDATE flotilla_outbox_lanes SET held_until = 0 WHERE channel = ? AND holder = ?",
                   {channel, holder});
}

Fragment OutboxStatements::signals(const std::string& channel, std::size_t max) const {
  return statement(
      "SELECT seq, payload FROM flotilla_outbox WHERE kind = 1 AND channel = ? ORDER BY seq LIMIT ?",
      {channel, static_cast<std::int64_t>(max)});
}

Fragment OutboxStatements::remove(const std::vector<std::int64_t>& numbers) const {
  return joined({"DELETE FROM flotilla_outbox WHERE ", among(numbers)});
}

Fragment OutboxStatements::keep_refused(std::int64_t number, const std::string& reason) const {
  return joined({std::string(flavour_.insert_new()),
                 "flotilla_outbox_refused (seq, kind, channel, payload, refused_at, reason) "
                 "SELECT seq, kind, channel, payload, ",
                 now(), ", ", statement("CAST(? AS TEXT)", {reason}),
                 statement(" FROM flotilla_outbox WHERE seq = ?", {number}), flavour_.unless_there("seq")});
}

}  // namespace flotilla::sql
