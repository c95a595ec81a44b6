#include "auth/session_store.hpp"

#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/value/date_time.hpp"
#include "data/write/save.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kSessions = "issuedTokens";
constexpr std::string_view kBlocked = "tokenBlacklist";

data::Instant instant(UnixMs at) { return {data::storage_text(at.time_since_epoch().count())}; }

data::Fragment equals(const data::Dialect& dialect, const data::Collection& c, std::string_view field,
                      data::Param value) {
  return data::sql::compare(dialect.quote(c.field(field).column), data::sql::Compare::equal,
                            std::move(value));
}

}  // namespace

Task<void> SessionStore::add(const IssuedToken& issued, UnixMs now, const data::Work& with) {
  const ServerScope server(model_, random_, next_id_, now);
  JsonObject row{{"signInTime", issued.sign_in_ms},
                 {"jti", issued.jti},
                 {"issuedTime", now.time_since_epoch().count()},
                 {"userId", issued.user_id}};
  row["id"] = random_uuid(random_);
  if (!issued.authenticator.empty()) row["authenticator"] = issued.authenticator;
  const data::NestedUpdates none;
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await data::create_record(session, server.scope(), server.collection(kSessions), row, none);
    if (with) co_await with(session);
  };
  co_await database_.write(work);
}

Task<bool> SessionStore::rotate(const std::string& old_jti, const std::string& new_jti, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& c = server.collection(kSessions);
  std::vector<data::sql::Assignment> changes{{c.field("jti").column, new_jti},
                                             {c.field("previousJti").column, old_jti},
                                             {c.field("issuedTime").column, now.time_since_epoch().count()}};
  if (const data::Field* updated = c.find("updatedAt")) changes.push_back({updated->column, instant(now)});
  std::int64_t rows = 0;
  data::Work work = [&](data::Session& session) -> Task<void> {
    const data::Dialect& dialect = session.dialect();
    data::Fragment statement =
        data::sql::update(dialect, c.table, changes, equals(dialect, c, "jti", old_jti));
    rows = co_await session.execute(statement);
  };
  co_await database_.write(work);
  co_return rows > 0;
}

Task<std::optional<RenewedSession>> SessionStore::renewed(const std::string& old_jti, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& c = server.collection(kSessions);
  const data::Dialect& dialect = database_.dialect();
  data::sql::Select query;
  query.table = c.table;
  query.columns = {dialect.quote(c.field("jti").column), dialect.quote(c.field("issuedTime").column)};
  const UnixMs since = now - kRenewalMemory;
  query.where =
      data::sql::all_of({equals(dialect, c, "previousJti", old_jti),
                         data::sql::compare(dialect.quote(c.field("issuedTime").column),
                                            data::sql::Compare::greater, since.time_since_epoch().count())});
  query.limit = 1;
  const data::Fragment statement = data::sql::select(dialect, query);
  std::optional<RenewedSession> found;
  data::Work work = [&](data::Session& session) -> Task<void> {
    const data::Rows rows = co_await session.query(statement);
    if (!rows.empty())
      found =
          RenewedSession{rows.at(0, 0).as_text(), UnixMs(std::chrono::milliseconds(rows.at(0, 1).as_int()))};
  };
  co_await database_.read(work);
  co_return found;
}

Task<void> SessionStore::end(data::Session& session, const std::string& jti, const std::string& token,
                             UnixMs until, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& sessions = server.collection(kSessions);
  const data::Collection& blocked = server.collection(kBlocked);
  const data::Dialect& dialect = session.dialect();
  if (!jti.empty()) {
    const data::Fragment forget =
        data::sql::remove(dialect, sessions.table, equals(dialect, sessions, "jti", jti));
    co_await session.execute(forget);
  }
  const std::int64_t now_ms = now.time_since_epoch().count();
  std::int64_t swept = swept_ms_.load();
  std::vector<data::Fragment> gone;
  gone.push_back(equals(dialect, blocked, "token", token));  // or it would be there twice
  if (now_ms - swept > kBlacklistSweep.count() && swept_ms_.compare_exchange_strong(swept, now_ms))
    gone.push_back(data::sql::compare(dialect.quote(blocked.field("expiration").column),
                                      data::sql::Compare::less, instant(now)));
  const data::Fragment sweep = data::sql::remove(dialect, blocked.table, data::sql::any_of(std::move(gone)));
  co_await session.execute(sweep);
  const JsonObject row{{"token", token}, {"expiration", data::iso_text(until.time_since_epoch().count())}};
  const data::NestedUpdates none;
  co_await data::create_record(session, server.scope(), blocked, row, none);
}

Task<bool> SessionStore::is_blocked(const std::string& token) {
  const ServerScope server(model_, random_, next_id_, UnixMs());
  const data::Collection& c = server.collection(kBlocked);
  const data::Dialect& dialect = database_.dialect();
  data::sql::Select query;
  query.table = c.table;
  query.columns = {dialect.quote(c.field("token").column)};
  query.where = equals(dialect, c, "token", token);
  query.limit = 1;
  const data::Fragment statement = data::sql::select(dialect, query);
  bool found = false;
  data::Work work = [&](data::Session& session) -> Task<void> {
    const data::Rows rows = co_await session.query(statement);
    found = !rows.empty();
  };
  co_await database_.read(work);
  co_return found;
}

Task<void> SessionStore::load_blocked(Revocations& revocations, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& c = server.collection(kBlocked);
  const data::Dialect& dialect = database_.dialect();
  const std::string expiration = dialect.quote(c.field("expiration").column);
  data::sql::Select query;
  query.table = c.table;
  query.columns = {dialect.quote(c.field("token").column)};
  // A row without a time is blocked for good.
  query.where = data::sql::any_of(
      {data::sql::is_null(expiration),
       data::sql::negate(data::sql::compare(expiration, data::sql::Compare::less, instant(now)))});
  const data::Fragment statement = data::sql::select(dialect, query);
  data::Work work = [&](data::Session& session) -> Task<void> {
    const data::Rows rows = co_await session.query(statement);
    for (std::size_t row = 0; row < rows.size(); ++row)
      revocations.load(revocation_name(rows.at(row, 0).as_text()));
  };
  co_await database_.read(work);
}

}  // namespace flotilla::auth
