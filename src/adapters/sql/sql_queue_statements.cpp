#include "adapters/sql/sql_queue_statements.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/sql/sql_queue.hpp"
#include "base/json.hpp"

namespace flotilla::sql {
namespace {

using cluster::Millis;
using data::Fragment;
using data::Param;

// How many rows one statement moves beside those that were asked for, so that no transaction becomes long.
constexpr int kSweep = 500;

Fragment value(Param param) { return Fragment().bind(std::move(param)); }
Fragment millis(Millis time) { return value(std::int64_t{time.count()}); }

Fragment values_of(const cluster::QueueMessage& message) {
  Fragment out;
  for (Param& param : message_values(message)) {
    if (!out.empty()) out += ", ";
    out.bind(std::move(param));
  }
  return out;
}

const std::string kInsert = fmt::format(
    "INSERT INTO flotilla_queue ({}, retried, delivery, abandoned, place, at_ms, ready_at)", kMessageColumns);

Place first_place(const cluster::QueueMessage& message) {
  return message.options.delay.count() > 0 ? Place::delayed : ready_place(message.options.priority);
}

std::string remains() { return fmt::format("retried, delivery, {}", kMessageColumns); }

std::vector<std::pair<std::int64_t, std::int64_t>> pairs_of(const std::vector<std::int64_t>& numbers) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t number : numbers) pairs.emplace_back(number, 0);
  return pairs;
}

}  // namespace

std::vector<Fragment> queue_tables(const Flavour& flavour) {
  const std::string message = fmt::format(
      "id {key} NOT NULL{{unique}}, channel {key} NOT NULL, body {text} NOT NULL, priority {number} NOT "
      "NULL, "
      "timeout_ms {number} NOT NULL, max_retries {number} NOT NULL, delay_ms {number} NOT NULL, "
      "dedup_key {key}, published_at {number} NOT NULL, retried {number} NOT NULL, delivery {number} NOT "
      "NULL",
      fmt::arg("key", flavour.key()), fmt::arg("text", flavour.text()), fmt::arg("number", flavour.bigint()));
  return {
      fmt::format(
          "CREATE TABLE IF NOT EXISTS flotilla_queue (seq {}, place {n} NOT NULL, at_ms {n} NOT NULL, "
          "ready_at {n} NOT NULL, abandoned {n} NOT NULL, {}){}",
          flavour.numbering(), fmt::format(fmt::runtime(message), fmt::arg("unique", " UNIQUE")),
          flavour.busy_table(), fmt::arg("n", flavour.bigint())),
      "CREATE INDEX IF NOT EXISTS flotilla_queue_next ON flotilla_queue (channel, place, at_ms, seq)",
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_queue_keys (channel {k} NOT NULL, "
                  "dedup_key {k} NOT NULL, message_id {k} NOT NULL, until {} NOT NULL, "
                  "PRIMARY KEY (channel, dedup_key)){}",
                  flavour.bigint(), flavour.busy_table(), fmt::arg("k", flavour.key())),
      "CREATE INDEX IF NOT EXISTS flotilla_queue_keys_until ON flotilla_queue_keys (until)",
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_dead_letters (seq {}, reason {} NOT NULL, "
                  "died_at {} NOT NULL, {})",
                  flavour.numbering(), flavour.text(), flavour.bigint(),
                  fmt::format(fmt::runtime(message), fmt::arg("unique", ""))),
      "CREATE INDEX IF NOT EXISTS flotilla_dead_letters_channel ON flotilla_dead_letters (channel, seq)",
  };
}

Fragment QueueStatements::take_key(const cluster::QueueMessage& message) const {
  return joined({statement("INSERT INTO flotilla_queue_keys (channel, dedup_key, message_id, until) "
                           "VALUES (?, ?, ?, ",
                           {message.channel, *message.options.dedup_key, message.id}),
                 now(), " + ", millis(cluster::kDedupWindow),
                 ") ON CONFLICT (channel, dedup_key) DO UPDATE SET message_id = excluded.message_id, "
                 "until = excluded.until WHERE flotilla_queue_keys.until <= ",
                 now(),
                 " AND NOT EXISTS (SELECT 1 FROM flotilla_queue AS living "
                 "WHERE living.id = flotilla_queue_keys.message_id)"});
}

Fragment QueueStatements::drop_old_keys() const {
  return joined(
      {"DELETE FROM flotilla_queue_keys WHERE (channel, dedup_key) IN (SELECT channel, dedup_key "
       "FROM flotilla_queue_keys AS old WHERE until <= ",
       now(), " AND NOT EXISTS (SELECT 1 FROM flotilla_queue AS living WHERE living.id = old.message_id) ",
       fmt::format("LIMIT {}{})", kSweep, flavour_.skip_locked())});
}

std::size_t QueueStatements::insert_max(std::size_t count) const {
  if (!flavour_.records("[]", {}).empty()) return std::min<std::size_t>(count, 256);
  return count >= 64 ? 64 : count >= 8 ? 8 : 1;
}

Fragment QueueStatements::insert(Messages messages) const {
  if (!flavour_.records("[]", {}).empty()) return insert_records(messages);
  Fragment out(kInsert + " VALUES ");
  for (const cluster::QueueMessage* message : messages) {
    const Millis delay = message->options.delay;
    out += message == messages.front() ? "(" : ", (";
    out += values_of(*message);
    out += ", 0, 0, 0, ";
    out.bind(static_cast<std::int64_t>(first_place(*message)));
    out += joined({", ", now(), " + ", millis(delay), ", ", now(), " + ", millis(delay), ")"});
  }
  return out += " ON CONFLICT (id) DO NOTHING RETURNING id";
}

Fragment QueueStatements::insert_records(Messages messages) const {
  JsonArray rows;
  for (const cluster::QueueMessage* message : messages) {
    const cluster::PublishOptions& options = message->options;
    JsonObject row;
    row["id"] = message->id;
    row["channel"] = message->channel;
    row["body"] = message->body;
    row["priority"] = static_cast<std::int64_t>(ready_place(options.priority));
    row["timeout_ms"] = std::int64_t{options.timeout.count()};
    row["max_retries"] = options.max_retries;
    row["delay_ms"] = std::int64_t{options.delay.count()};
    if (options.dedup_key) row["dedup_key"] = *options.dedup_key;
    row["published_at"] = std::int64_t{message->published_at.time_since_epoch().count()};
    row["place"] = static_cast<std::int64_t>(first_place(*message));
    rows.push_back(std::move(row));
  }
  return joined({kInsert, fmt::format(" SELECT {}, 0, 0, 0, place, ", kMessageColumns), now(),
                 " + delay_ms, ", now(), " + delay_ms FROM ",
                 flavour_.records(json::dump(rows),
                                  "id text, channel text, body text, priority bigint, timeout_ms bigint, "
                                  "max_retries bigint, delay_ms bigint, dedup_key text, published_at bigint, "
                                  "place bigint"),
                 " ON CONFLICT (id) DO NOTHING RETURNING id"});
}

Fragment QueueStatements::outlook(const std::string& channel) const {
  auto first = [&](std::string_view what, std::string_view where, std::string_view order) {
    return statement(fmt::format("(SELECT {} FROM flotilla_queue WHERE channel = ? AND place {} "
                                 "ORDER BY channel {o}, place {o}, at_ms {o} LIMIT 1)",
                                 what, where, fmt::arg("o", order)),
                     {channel});
  };
  return joined({"SELECT ", first("place", "<= 2", "ASC"), ", ", first("at_ms", "= 3", "ASC"), ", ",
                 first("at_ms", "= 4", "ASC"), ", ", first("at_ms", "= 4", "DESC"), ", ", now()});
}

Fragment QueueStatements::release_delayed(const std::string& channel) const {
  return joined({statement("WITH due AS MATERIALIZED (SELECT seq FROM flotilla_queue WHERE channel = ? "
                           "AND place = 3 AND at_ms <= ",
                           {channel}),
                 now(),
                 fmt::format(" ORDER BY at_ms LIMIT {}{}) UPDATE flotilla_queue SET place = priority, "
                             "ready_at = at_ms WHERE seq IN (SELECT seq FROM due)",
                             kSweep, flavour_.skip_locked())});
}

/// The second part frees what was taken before the clock was set back.
Fragment QueueStatements::lapsed() const {
  return joined(
      {"place = 4 AND (at_ms <= ", now(), " OR at_ms > ", now(), " + ", millis(SqlQueue::kLeaseMax), ")"});
}

Fragment QueueStatements::release_lapsed(const std::string& channel) const {
  return joined({statement("WITH lapsed AS MATERIALIZED (SELECT seq FROM flotilla_queue WHERE channel = ? "
                           "AND abandoned < ? AND ",
                           {channel, std::int64_t{cluster::kAbandonedMax}}),
                 lapsed(),
                 fmt::format(" ORDER BY at_ms LIMIT {}{}) UPDATE flotilla_queue SET place = priority, "
                             "at_ms = ready_at, abandoned = abandoned + 1, delivery = delivery + 1 "
                             "WHERE seq IN (SELECT seq FROM lapsed)",
                             kSweep, flavour_.skip_locked())});
}

Fragment QueueStatements::remove_hopeless(const std::string& channel) const {
  return joined({statement("WITH lapsed AS MATERIALIZED (SELECT seq FROM flotilla_queue WHERE channel = ? "
                           "AND abandoned >= ? AND ",
                           {channel, std::int64_t{cluster::kAbandonedMax}}),
                 lapsed(),
                 fmt::format(" ORDER BY at_ms LIMIT {}{}) DELETE FROM flotilla_queue "
                             "WHERE seq IN (SELECT seq FROM lapsed) RETURNING {}",
                             kSweep, flavour_.skip_locked(), remains())});
}

Fragment QueueStatements::take(const std::string& channel, std::size_t max, Millis lease,
                               std::int64_t step) const {
  return joined(
      {statement(fmt::format("WITH next AS MATERIALIZED (SELECT seq FROM flotilla_queue "
                             "WHERE channel = ? AND place <= 2 ORDER BY place, at_ms, seq LIMIT ?{}) "
                             "UPDATE flotilla_queue SET place = 4, delivery = delivery + ?, at_ms = ",
                             flavour_.skip_locked()),
                 {channel, static_cast<std::int64_t>(max), step}),
       now(), " + ", millis(lease),
       fmt::format(" WHERE seq IN (SELECT seq FROM next) "
                   "RETURNING seq, delivery, retried, abandoned, ready_at, {}",
                   kMessageColumns)});
}

/// The number alone finds the rows; both together are looked at once more in the row that is changed, which
/// may be another one by then.
Fragment QueueStatements::held(const std::vector<Receipt>& receipts) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (const Receipt& receipt : receipts) pairs.push_back(receipt.pair());
  const Fragment list = flavour_.pairs(pairs);
  return joined({"seq IN (SELECT a FROM (", list, ") AS numbers) AND (seq, delivery) IN (", list,
                 ") AND place = 4 AND at_ms > ", now()});
}

Fragment QueueStatements::remove(const std::vector<Receipt>& receipts) const {
  return joined({"DELETE FROM flotilla_queue WHERE ", held(receipts)});
}

Fragment QueueStatements::put_back(const Receipt& receipt, Millis after) const {
  Fragment out("UPDATE flotilla_queue SET ");
  out += after.count() > 0 ? "place = 3" : "place = priority";
  return out +=
         joined({", retried = retried + 1, delivery = delivery + 1, at_ms = ", now(), " + ", millis(after),
                 ", ready_at = ", now(), " + ", millis(after), " WHERE ", held({receipt})});
}

Fragment QueueStatements::remove_dead(const Receipt& receipt) const {
  return joined({"DELETE FROM flotilla_queue WHERE ", held({receipt}), " RETURNING ", remains()});
}

Fragment QueueStatements::prolong(const std::vector<Receipt>& receipts, Millis lease) const {
  return joined({"UPDATE flotilla_queue SET at_ms = ", now(), " + ", millis(lease), " WHERE ", held(receipts),
                 " RETURNING seq, delivery"});
}

Fragment QueueStatements::bury(const data::Rows& remains, std::size_t row, const std::string& reason) const {
  return joined(
      {fmt::format("INSERT INTO flotilla_dead_letters ({}, reason, retried, delivery, died_at) VALUES (",
                   kMessageColumns),
       values_of(read_message(remains, row, 2)),
       statement(", ?, ?, ?, ", {reason, remains.at(row, 0).as_int(), remains.at(row, 1).as_int()}), now(),
       ")"});
}

Fragment QueueStatements::count_dead(const std::string& channel) const {
  return statement("SELECT count(*) FROM flotilla_dead_letters WHERE channel = ?", {channel});
}

Fragment QueueStatements::list_dead(const std::string& channel, std::size_t offset, std::size_t limit) const {
  return statement(fmt::format("SELECT reason, retried, died_at, {} FROM flotilla_dead_letters "
                               "WHERE channel = ? ORDER BY seq LIMIT ? OFFSET ?",
                               kMessageColumns),
                   {channel, static_cast<std::int64_t>(limit), static_cast<std::int64_t>(offset)});
}

Fragment QueueStatements::last_dead(const std::string& channel) const {
  return statement("SELECT max(seq) FROM flotilla_dead_letters WHERE channel = ?", {channel});
}

Fragment QueueStatements::pick_dead(const std::string& channel, std::int64_t last,
                                    const std::vector<std::string>& ids) const {
  Fragment out =
      statement("SELECT seq FROM flotilla_dead_letters WHERE channel = ? AND seq <= ?", {channel, last});
  if (!ids.empty()) out += joined({" AND id IN (", flavour_.texts(ids), ")"});
  return out += fmt::format(" ORDER BY seq LIMIT {}{}", kSweep, flavour_.skip_locked());
}

Fragment QueueStatements::revive(const std::vector<std::int64_t>& numbers) const {
  return joined({fmt::format("INSERT INTO flotilla_queue ({m}, retried, delivery, abandoned, place, at_ms, "
                             "ready_at) SELECT {m}, 0, delivery, 0, priority, ",
                             fmt::arg("m", kMessageColumns)),
                 now(), ", ", now(), " FROM flotilla_dead_letters WHERE seq IN (SELECT a FROM (",
                 flavour_.pairs(pairs_of(numbers)), ") AS picked) ORDER BY seq ON CONFLICT (id) DO NOTHING"});
}

Fragment QueueStatements::forget_dead(const std::vector<std::int64_t>& numbers) const {
  return joined({"DELETE FROM flotilla_dead_letters WHERE seq IN (SELECT a FROM (",
                 flavour_.pairs(pairs_of(numbers)), ") AS picked)"});
}

}  // namespace flotilla::sql
