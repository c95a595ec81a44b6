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

const std::string kInto =
    fmt::format("flotilla_queue ({}, retried, delivery, abandoned, place, at_ms, ready_at)", kMessageColumns);

Place first_place(const cluster::QueueMessage& message) {
  return message.options.delay.count() > 0 ? Place::delayed : ready_place(message.options.priority);
}

std::string remains() { return fmt::format("retried, delivery, {}", kMessageColumns); }

/// Removes the rows that `found` (from FROM on) selects; answers remains() and seq.
Change remove_found(const Flavour& flavour, const Fragment& found) {
  constexpr std::size_t kSeq = 2 + kMessageColumnCount;
  return {
      .find = joined({fmt::format("SELECT {}, seq", remains()), found}),
      .apply = [&flavour](const data::Rows& rows) {
        return joined({"DELETE FROM flotilla_queue WHERE ", flavour.among("seq", numbers_in(rows, kSeq))});
      }};
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
      fmt::format("{}flotilla_queue_next ON flotilla_queue (channel, place, at_ms, seq)",
                  flavour.index_unless_there()),
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_queue_keys (channel {k} NOT NULL, "
                  "dedup_key {k} NOT NULL, message_id {k} NOT NULL, until {} NOT NULL, "
                  "PRIMARY KEY (channel, dedup_key)){}",
                  flavour.bigint(), flavour.busy_table(), fmt::arg("k", flavour.key())),
      fmt::format("{}flotilla_queue_keys_until ON flotilla_queue_keys (until)", flavour.index_unless_there()),
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_dead_letters (seq {}, reason {} NOT NULL, "
                  "died_at {} NOT NULL, {}){}",
                  flavour.numbering(), flavour.text(), flavour.bigint(),
                  fmt::format(fmt::runtime(message), fmt::arg("unique", "")), flavour.plain_table()),
      fmt::format("{}flotilla_dead_letters_channel ON flotilla_dead_letters (channel, seq)",
                  flavour.index_unless_there()),
  };
}

Upsert QueueStatements::take_key(const cluster::QueueMessage& message) const {
  const std::string& key = *message.options.dedup_key;
  const Fragment until = joined({now(), " + ", millis(cluster::kDedupWindow)});
  const Fragment row = joined({statement("flotilla_queue_keys (channel, dedup_key, message_id, until) "
                                         "VALUES (?, ?, ?, ",
                                         {message.channel, key, message.id}),
                               until, ")"});
  const Fragment free = joined({"flotilla_queue_keys.until <= ", now(),
                                " AND NOT EXISTS (SELECT 1 FROM flotilla_queue AS living "
                                "WHERE living.id = flotilla_queue_keys.message_id)"});
  if (flavour_.returns())
    return {.whole = joined({"INSERT INTO ", row,
                             " ON CONFLICT (channel, dedup_key) DO UPDATE SET "
                             "message_id = excluded.message_id, until = excluded.until WHERE ",
                             free})};
  return {.update = joined(
              {statement("UPDATE flotilla_queue_keys SET message_id = ?, until = ", {message.id}), until,
               statement(" WHERE channel = ? AND dedup_key = ? AND ", {message.channel, key}), free}),
          .exists = statement("SELECT 1 FROM flotilla_queue_keys WHERE channel = ? AND dedup_key = ?",
                              {message.channel, key}),
          .insert = joined({std::string(flavour_.insert_new()), row})};
}

Change QueueStatements::drop_old_keys() const {
  const Fragment old =
      joined({"SELECT channel, dedup_key FROM flotilla_queue_keys AS old WHERE until <= ", now(),
              " AND NOT EXISTS (SELECT 1 FROM flotilla_queue AS living WHERE living.id = old.message_id) ",
              fmt::format("LIMIT {}{}", kSweep, flavour_.skip_locked())});
  if (flavour_.returns())
    return {.whole = joined({"DELETE FROM flotilla_queue_keys WHERE (channel, dedup_key) IN (", old, ")"})};
  auto remove = [](const data::Rows& found) {
    Fragment sql("DELETE FROM flotilla_queue_keys WHERE (channel, dedup_key) IN (");
    for (std::size_t row = 0; row < found.size(); ++row)
      sql += statement(row == 0 ? "(?, ?)" : ", (?, ?)",
                       {found.at(row, 0).as_text(), found.at(row, 1).as_text()});
    return sql += ")";
  };
  return {.find = old, .apply = remove};
}

std::size_t QueueStatements::insert_max(std::size_t count) const {
  if (!flavour_.records("[]", {}).empty()) return std::min<std::size_t>(count, 256);
  return count >= 64 ? 64 : count >= 8 ? 8 : 1;
}

Fragment QueueStatements::insert(Messages messages) const {
  if (!flavour_.records("[]", {}).empty()) return insert_records(messages);
  Fragment out(std::string(flavour_.insert_new()) + kInto + " VALUES ");
  for (const cluster::QueueMessage* message : messages) {
    const Millis delay = message->options.delay;
    out += message == messages.front() ? "(" : ", (";
    out += values_of(*message);
    out += ", 0, 0, 0, ";
    out.bind(static_cast<std::int64_t>(first_place(*message)));
    out += joined({", ", now(), " + ", millis(delay), ", ", now(), " + ", millis(delay), ")"});
  }
  out += flavour_.unless_there("id");
  return flavour_.returns() ? out += " RETURNING id" : out;
}

Fragment QueueStatements::there_already(Messages messages) const {
  std::vector<std::string> ids;
  for (const cluster::QueueMessage* message : messages) ids.push_back(message->id);
  return joined({"SELECT id FROM flotilla_queue WHERE id IN (", flavour_.texts(ids), ")"});
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
  return joined({"INSERT INTO ", kInto, fmt::format(" SELECT {}, 0, 0, 0, place, ", kMessageColumns), now(),
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

/// Changes the rows whose seq `picked` selects.
Change QueueStatements::release(const Fragment& picked, std::string_view set) const {
  const std::string update = fmt::format("UPDATE flotilla_queue SET {} WHERE ", set);
  if (flavour_.returns())
    return {.whole = joined(
                {"WITH picked AS MATERIALIZED (", picked, ") ", update, "seq IN (SELECT seq FROM picked)"})};
  return {.find = picked, .apply = [update, this](const data::Rows& found) {
            return joined({update, flavour_.among("seq", numbers_in(found))});
          }};
}

Change QueueStatements::release_delayed(const std::string& channel) const {
  const Fragment due = joined(
      {statement("SELECT seq FROM flotilla_queue WHERE channel = ? AND place = 3 AND at_ms <= ", {channel}),
       now(), fmt::format(" ORDER BY at_ms LIMIT {}{}", kSweep, flavour_.skip_locked())});
  // In this order: MySQL's SET sees what it has set before.
  return release(due, "ready_at = at_ms, place = priority");
}

/// The second part frees what was taken before the clock was set back.
Fragment QueueStatements::lapsed() const {
  return joined(
      {"place = 4 AND (at_ms <= ", now(), " OR at_ms > ", now(), " + ", millis(SqlQueue::kLeaseMax), ")"});
}

Change QueueStatements::release_lapsed(const std::string& channel) const {
  const Fragment given_up =
      joined({statement("SELECT seq FROM flotilla_queue WHERE channel = ? AND abandoned < ? AND ",
                        {channel, std::int64_t{cluster::kAbandonedMax}}),
              lapsed(), fmt::format(" ORDER BY at_ms LIMIT {}{}", kSweep, flavour_.skip_locked())});
  return release(given_up,
                 "place = priority, at_ms = ready_at, abandoned = abandoned + 1, delivery = delivery + 1");
}

Change QueueStatements::remove_hopeless(const std::string& channel) const {
  const Fragment given_up =
      joined({statement(" FROM flotilla_queue WHERE channel = ? AND abandoned >= ? AND ",
                        {channel, std::int64_t{cluster::kAbandonedMax}}),
              lapsed(), fmt::format(" ORDER BY at_ms LIMIT {}{}", kSweep, flavour_.skip_locked())});
  if (flavour_.returns())
    return {.whole = joined({"WITH lapsed AS MATERIALIZED (SELECT seq", given_up,
                             ") DELETE FROM flotilla_queue WHERE seq IN (SELECT seq FROM lapsed) RETURNING ",
                             remains()})};
  return remove_found(flavour_, given_up);
}

Change QueueStatements::take(const std::string& channel, std::size_t max, Millis lease,
                             std::int64_t step) const {
  const Fragment next = joined({statement(" FROM flotilla_queue WHERE channel = ? AND place <= 2 "
                                          "ORDER BY place, at_ms, seq LIMIT ?",
                                          {channel, static_cast<std::int64_t>(max)}),
                                std::string(flavour_.skip_locked())});
  const Fragment take =
      joined({statement("UPDATE flotilla_queue SET place = 4, delivery = delivery + ?, at_ms = ", {step}),
              now(), " + ", millis(lease), " WHERE "});
  if (flavour_.returns())
    return {.whole = joined({"WITH next AS MATERIALIZED (SELECT seq", next, ") ", take,
                             fmt::format("seq IN (SELECT seq FROM next) RETURNING seq, delivery, retried, "
                                         "abandoned, ready_at, {}",
                                         kMessageColumns)})};
  return {.find = joined({statement("SELECT seq, delivery + ?, retried, abandoned, ready_at, ", {step}),
                          std::string(kMessageColumns), next}),
          .apply = [take, this](const data::Rows& found) {
            return joined({take, flavour_.among("seq", numbers_in(found))});
          }};
}

/// The number alone finds the rows; both together are looked at once more in the row that is changed, which
/// may be another one by then.
Fragment QueueStatements::held(const std::vector<Receipt>& receipts) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (const Receipt& receipt : receipts) pairs.push_back(receipt.pair());
  return joined({flavour_.among("seq", "delivery", pairs), " AND place = 4 AND at_ms > ", now()});
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

Change QueueStatements::remove_dead(const Receipt& receipt) const {
  const Fragment dead = joined({" FROM flotilla_queue WHERE ", held({receipt})});
  if (flavour_.returns()) return {.whole = joined({"DELETE", dead, " RETURNING ", remains()})};
  return remove_found(flavour_, joined({dead, " FOR UPDATE"}));
}

Change QueueStatements::prolong(const std::vector<Receipt>& receipts, Millis lease) const {
  const Fragment prolonged =
      joined({"UPDATE flotilla_queue SET at_ms = ", now(), " + ", millis(lease), " WHERE "});
  const Fragment mine = held(receipts);
  if (flavour_.returns()) return {.whole = joined({prolonged, mine, " RETURNING seq, delivery"})};
  return {.find = joined({"SELECT seq, delivery FROM flotilla_queue WHERE ", mine, " FOR UPDATE"}),
          .apply = [prolonged, this](const data::Rows& found) {
            return joined({prolonged, flavour_.among("seq", numbers_in(found))});
          }};
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

Fragment QueueStatements::depth(const std::string& channel) const {
  auto count = [&](std::string_view table, std::string_view where) {
    return statement(
        fmt::format("(SELECT count(*) FROM (SELECT 1 FROM {} WHERE channel = ?{} LIMIT {}) AS counted)",
                    table, where, kCountMax),
        {channel});
  };
  auto first = [&](Place place) {
    return statement(fmt::format("(SELECT at_ms FROM flotilla_queue WHERE channel = ? AND place = {} "
                                 "ORDER BY channel, place, at_ms LIMIT 1)",
                                 static_cast<int>(place)),
                     {channel});
  };
  const Fragment running = statement(
      fmt::format("(SELECT min(ready_at) FROM (SELECT ready_at FROM flotilla_queue WHERE channel = ? AND "
                  "place = 4 LIMIT {}) AS counted)",
                  kCountMax),
      {channel});
  return joined({"SELECT ", count("flotilla_queue", " AND place <= 2"), ", ",
                 count("flotilla_queue", " AND place = 3"), ", ", count("flotilla_queue", " AND place = 4"),
                 ", ", count("flotilla_dead_letters", ""), ", ", first(ready_place(cluster::Priority::high)),
                 ", ", first(ready_place(cluster::Priority::normal)), ", ",
                 first(ready_place(cluster::Priority::low)), ", ", running, ", ", now()});
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
  return joined({std::string(flavour_.insert_new()),
                 fmt::format("flotilla_queue ({m}, retried, delivery, abandoned, place, at_ms, "
                             "ready_at) SELECT {m}, 0, delivery, 0, priority, ",
                             fmt::arg("m", kMessageColumns)),
                 now(), ", ", now(), " FROM flotilla_dead_letters WHERE ", flavour_.among("seq", numbers),
                 " ORDER BY seq", flavour_.unless_there("id")});
}

Fragment QueueStatements::forget_dead(const std::vector<std::int64_t>& numbers) const {
  return joined({"DELETE FROM flotilla_dead_letters WHERE ", flavour_.among("seq", numbers)});
}

}  // namespace flotilla::sql
