#include "auth/audit_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/log.hpp"
#include "base/redact.hpp"
#include "base/strings.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/value/coerce.hpp"
#include "data/value/date_time.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kCollection = "auditLogs";
constexpr std::size_t kRowsAtOnce = 200;  ///< of one statement: 2,400 values
constexpr std::size_t kSweepAtOnce = 1'000;
constexpr std::array kFields = {"id",     "createdAt", "type",   "collectionName", "recordKey", "changes",
                                "userId", "roleName",  "action", "requestId",      "ip"};

/// RFC 9562 version 7, with a counter behind the time (its method 1): sorted by time and, within it, by
/// `number`, so that rows are added at the end of the index and are read in the order they were written in.
std::string time_ordered_uuid(Random& random, UnixMs at, std::size_t number) {
  constexpr std::size_t kCounters = 4096;
  const auto ms = static_cast<std::uint64_t>(at.time_since_epoch().count()) + number / kCounters;
  const std::string head = fmt::format("{:012x}7{:03x}", ms, number % kCounters);
  std::string uuid = random_uuid(random);
  uuid.replace(0, 8, head, 0, 8);
  uuid.replace(9, 4, head, 8, 4);
  uuid.replace(14, 4, head, 12, 4);
  return uuid;
}

/// Values as they may be read later by people who must not know secrets: masked by name at every depth, long
/// texts cut.
Json shown(std::string_view name, const Json& value, int depth = 0) {
  if (is_secret_name(name) && !value.is_null()) return Json(kRedacted);
  if (value.is_string()) {
    const std::string_view text = value.get_string();
    const bool document = text.starts_with('{') || text.starts_with('[');
    bool parsed = false;
    if (document && depth == 0) {
      const Json inner = json::try_parse(text, &parsed);
      if (parsed) return shown(name, inner, depth + 1);
    }
    if (text.size() <= AuditLog::kTextMax) return value;
    std::size_t end = AuditLog::kTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return Json(fmt::format("{}… ({} bytes)", text.substr(0, end), text.size()));
  }
  constexpr int kDepthMax = 20;
  if (depth > kDepthMax) return Json("…");
  if (value.is_array()) {
    JsonArray out;
    for (const Json& item : value.get_array()) out.push_back(shown({}, item, depth + 1));
    return out;
  }
  if (value.is_object()) {
    JsonObject out;
    for (const auto& member : value.get_object())
      out[member.key()] = shown(member.key(), member.value(), depth + 1);
    return out;
  }
  return value;
}

JsonObject shown_values(const std::string& collection, const JsonObject& values) {
  JsonObject out;
  // Whether one of these is a secret stands in another field, which need not be among the changes.
  const bool variables = collection == "environmentVariables";
  for (const auto& member : values)
    out[member.key()] =
        variables && member.key() == "value" ? Json(kRedacted) : shown(member.key(), member.value());
  return out;
}

std::string key_text(const Json& key) {
  constexpr std::size_t kKeyMax = 250;
  if (key.is_null()) return {};
  std::string text = key.is_object() || key.is_array() ? json::dump(key) : json::to_text(key);
  if (text.size() > kKeyMax) text.resize(kKeyMax);
  return text;
}

std::string_view type_of(data::RowChange::Kind kind) {
  switch (kind) {
    case data::RowChange::Kind::created:
      return "create";
    case data::RowChange::Kind::destroyed:
      return "destroy";
    default:
      return "update";
  }
}

}  // namespace

AuditLog::AuditLog(AuditSettings settings, data::Database& database, const data::Model& model, Random& random,
                   const data::IdSource& next_id, const Clock& clock)
    : settings_(settings),
      database_(database),
      model_(model),
      random_(random),
      next_id_(next_id),
      clock_(clock) {}

Task<void> AuditLog::before_commit(data::Session& session, const data::ChangeLog& changes) {
  if (!settings_.on) co_return;
  std::vector<AuditEntry> entries;
  entries.reserve(changes.rows().size());
  for (const data::RowChange& row : changes.rows())
    entries.push_back(
        {std::string(type_of(row.kind)), row.collection, row.key, shown_values(row.collection, row.values)});
  for (const auto& [which, count] : changes.beyond())
    entries.push_back(
        {std::string(type_of(which.second)), which.first, nullptr, JsonObject{{"rows", count}}});
  co_await write(session, changes.origin, entries);
}

Task<void> AuditLog::write(data::Session& session, const data::Origin& origin,
                           const std::vector<AuditEntry>& entries) {
  if (!settings_.on) co_return;
  const UnixMs now = clock_.now();
  const ServerScope server(model_, random_, next_id_, now);
  std::vector<Row> rows;
  rows.reserve(entries.size());
  for (const AuditEntry& entry : entries) rows.push_back(row(server, origin, entry, now, rows.size()));
  co_await insert(session, server, std::move(rows));
}

void AuditLog::note(const data::Origin& origin, AuditEntry entry) {
  if (!settings_.on) return;
  const UnixMs now = clock_.now();
  std::lock_guard lock(mutex_);
  if (noted_.size() >= kBufferMax)
    ++dropped_;
  else
    noted_.push_back({origin, std::move(entry), now});
}

AuditLog::Row AuditLog::row(const ServerScope& server, const data::Origin& origin, const AuditEntry& entry,
                            UnixMs at, std::size_t number) const {
  const data::Collection& c = server.collection(kCollection);
  const std::string key = key_text(entry.key);
  JsonObject values{{"id", time_ordered_uuid(random_, at, number)},
                    {"createdAt", data::iso_text(at.time_since_epoch().count())},
                    {"type", entry.type},
                    {"collectionName", entry.collection.empty() ? Json(nullptr) : Json(entry.collection)},
                    {"recordKey", key.empty() ? Json(nullptr) : Json(key)},
                    {"changes", entry.changes},
                    {"userId", origin.user_id > 0 ? Json(origin.user_id) : Json(nullptr)},
                    {"roleName", origin.role.empty() ? Json(nullptr) : Json(origin.role)},
                    {"action", origin.action},
                    {"requestId", origin.request_id},
                    {"ip", origin.address}};
  Row out;
  for (const std::string_view name : kFields) {
    const Json* value = json::find(values, name);
    out.push_back(data::coerce(c.field(name), value ? *value : Json(nullptr), {}));
  }
  return out;
}

Task<void> AuditLog::insert(data::Session& session, const ServerScope& server, std::vector<Row> rows) const {
  const data::Collection& c = server.collection(kCollection);
  std::vector<std::string> columns;
  for (const std::string_view name : kFields) columns.push_back(c.field(name).column);
  for (std::size_t at = 0; at < rows.size(); at += kRowsAtOnce) {
    const std::size_t end = std::min(rows.size(), at + kRowsAtOnce);
    std::vector<Row> chunk(std::make_move_iterator(rows.begin() + static_cast<std::ptrdiff_t>(at)),
                           std::make_move_iterator(rows.begin() + static_cast<std::ptrdiff_t>(end)));
    const data::Fragment statement =
        data::sql::insert_rows(session.dialect(), c.table, columns, std::move(chunk));
    co_await session.execute(statement);
  }
}

/// False when the database did not take it; then it is tried again.
Task<bool> AuditLog::flush() {
  std::deque<Noted> batch;
  std::uint64_t dropped = 0;
  {
    std::lock_guard lock(mutex_);
    batch.swap(noted_);
    dropped = std::exchange(dropped_, 0);
  }
  if (batch.empty() && dropped == 0) co_return true;
  std::string failure;
  data::Work work = [&](data::Session& session) -> Task<void> {
    const ServerScope server(model_, random_, next_id_, clock_.now());
    std::vector<Row> rows;
    for (const Noted& noted : batch)
      rows.push_back(row(server, noted.origin, noted.entry, noted.at, rows.size()));
    if (dropped > 0)
      rows.push_back(row(server, {}, {"lost", {}, nullptr, JsonObject{{"entries", dropped}}}, clock_.now(),
                         rows.size()));
    co_await insert(session, server, std::move(rows));
  };
  try {
    co_await database_.write(work);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (failure.empty()) {
    if (dropped > 0)
      log::error("more was to be written down than the audit could take", {{"entries", dropped}});
    co_return true;
  }
  log::warn("the audit could not be written and is tried again", {{"reason", failure}});
  std::lock_guard lock(mutex_);
  dropped_ += dropped;
  while (!batch.empty() && noted_.size() < kBufferMax) {
    noted_.push_front(std::move(batch.back()));
    batch.pop_back();
  }
  dropped_ += batch.size();
  co_return false;
}

Task<void> AuditLog::sweep() {
  if (settings_.keep.count() == 0) co_return;
  const UnixMs now = clock_.now();
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& c = server.collection(kCollection);
  const data::Dialect& dialect = database_.dialect();
  data::sql::Select query;
  query.table = c.table;
  query.columns = {dialect.quote(c.field("id").column)};
  query.where = data::sql::compare(
      dialect.quote(c.field("createdAt").column), data::sql::Compare::less,
      data::coerce(c.field("createdAt"),
                   Json(data::iso_text((now - settings_.keep).time_since_epoch().count())), {}));
  query.limit = kSweepAtOnce;
  const data::Fragment old = data::sql::select(dialect, query);
  std::size_t removed = 0;
  do {
    data::Work work = [&](data::Session& session) -> Task<void> {
      const data::Rows rows = co_await session.query(old);
      removed = rows.size();
      if (rows.empty()) co_return;
      std::vector<data::Param> ids;
      for (std::size_t i = 0; i < rows.size(); ++i) ids.emplace_back(rows.at(i, 0).as_text());
      const data::Fragment remove = data::sql::remove(
          dialect, c.table, dialect.in_keys(dialect.quote(c.field("id").column), std::move(ids)));
      co_await session.execute(remove);
    };
    co_await database_.write(work);
  } while (removed == kSweepAtOnce);
}

Task<void> AuditLog::run(Cancellation stopping) {
  if (!settings_.on) co_return;
  UnixMs swept{};
  do {
    co_await flush();
    if (clock_.now() - swept < kSweepPause) continue;
    swept = clock_.now();
    try {
      co_await sweep();
    } catch (const std::exception& error) {
      log::warn("old rows of the audit could not be removed", {{"reason", error.what()}});
    }
  } while (!co_await stopping.wait(kFlushPause));
  const bool written = co_await flush();
  std::lock_guard lock(mutex_);
  if (!written || dropped_ > 0)
    log::error("what was to be written down is lost with this process",
               {{"entries", noted_.size() + dropped_}});
}

}  // namespace flotilla::auth
