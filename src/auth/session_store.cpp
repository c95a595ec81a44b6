#include "auth/session_store.hpp"

#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/value/date_time.hpp"
#include "data/write/save.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kSessions = "issuedTokens";
constexpr std::string_view kBlocked = "tokenBlacklist";

std::string ms_text(UnixMs at) { return data::storage_text(at.time_since_epoch().count()); }

data::Fragment equals(const data::Dialect& dialect, const data::Collection& c, std::string_view field,
                      data::Param value) {
  return data::sql::compare(dialect.quote(c.field(field).column), data::sql::Compare::equal,
                            std::move(value));
}

}  // namespace

Task<void> SessionStore::add(const IssuedToken& issued, UnixMs now) {
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
  };
  co_await database_.write(work);
}

Task<bool> SessionStore::rotate(const std::string& old_jti, const std::string& new_jti, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& c = server.collection(kSessions);
  std::vector<data::sql::Assignment> changes{{c.field("jti").column, new_jti},
                                             {c.field("issuedTime").column, now.time_since_epoch().count()}};
  if (const data::Field* updated = c.find("updatedAt")) changes.push_back({updated->column, ms_text(now)});
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

Task<void> SessionStore::end(const std::string& jti, const std::string& token, UnixMs until, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& sessions = server.collection(kSessions);
  const data::Collection& blocked = server.collection(kBlocked);
  JsonObject row{{"token", token}, {"expiration", data::iso_text(until.time_since_epoch().count())}};
  const data::NestedUpdates none;
  data::Work work = [&](data::Session& session) -> Task<void> {
    const data::Dialect& dialect = session.dialect();
    if (!jti.empty()) {
      data::Fragment forget =
          data::sql::remove(dialect, sessions.table, equals(dialect, sessions, "jti", jti));
      co_await session.execute(forget);
    }
    std::vector<data::Fragment> gone;
    gone.push_back(data::sql::compare(dialect.quote(blocked.field("expiration").column),
                                      data::sql::Compare::less, ms_text(now)));
    gone.push_back(equals(dialect, blocked, "token", token));  // or it would be there twice
    data::Fragment sweep = data::sql::remove(dialect, blocked.table, data::sql::any_of(std::move(gone)));
    co_await session.execute(sweep);
    co_await data::create_record(session, server.scope(), blocked, row, none);
  };
  co_await database_.write(work);
}

Task<void> SessionStore::load_blocked(Blacklist& blacklist, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  data::ListRequest request;
  request.paginate = false;
  JsonArray rows;
  data::Work work = [&](data::Session& session) -> Task<void> {
    rows = co_await read_rows(session, server.scope(), server.collection(kBlocked), request);
  };
  co_await database_.read(work);
  for (const Json& item : rows) {
    const JsonObject& row = item.as_object();
    const Json* until = json::find(row, "expiration");
    std::optional<std::int64_t> ms;
    if (until && until->is_string()) ms = data::parse_instant(until->get_string(), 0);
    std::string token(json::text(row, "token"));
    // A row without a time is blocked for good.
    const UnixMs end = ms ? UnixMs(std::chrono::milliseconds(*ms)) : UnixMs::max();
    if (!token.empty() && end >= now) blacklist.add(std::move(token), end);
  }
}

}  // namespace flotilla::auth
