#include "data/model/schema_epoch.hpp"

#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {

namespace {

constexpr std::string_view kTable = "flotillaSchema";
std::string row_of(EpochOf what) { return what == EpochOf::schema ? "main" : "permissions"; }

struct Names {
  Names(const Schema& system, const Dialect& dialect, EpochOf what)
      : table(system.collection(kTable).table),
        name(system.collection(kTable).field("name").column),
        epoch(system.collection(kTable).field("epoch").column),
        mine(sql::compare(dialect.quote(name), sql::Compare::equal, row_of(what))) {}
  std::string table;
  std::string name;
  std::string epoch;
  Fragment mine;
};

}  // namespace

Task<void> lock_schema(Session& session) {
  const Fragment lock = session.dialect().schema_lock();
  if (!lock.empty()) co_await session.query(lock);
}

Task<std::int64_t> read_epoch(Session& session, const Schema& system, EpochOf what) {
  const Dialect& dialect = session.dialect();
  const Names names(system, dialect, what);
  sql::Select query;
  query.table = names.table;
  query.columns = {dialect.quote(names.epoch)};
  query.where = names.mine;
  const Fragment statement = sql::select(dialect, query);
  const Rows rows = co_await session.query(statement);
  co_return rows.empty() ? 0 : rows.at(0, 0).as_int();
}

Task<std::int64_t> raise_epoch(Session& session, const Schema& system) {
  const Dialect& dialect = session.dialect();
  const Names names(system, dialect, EpochOf::schema);
  const std::int64_t next = co_await read_epoch(session, system) + 1;
  Fragment statement = next == 1 ? sql::insert(dialect, names.table,
                                               {{names.name, row_of(EpochOf::schema)}, {names.epoch, next}})
                                 : sql::update(dialect, names.table, {{names.epoch, next}}, names.mine);
  co_await session.execute(statement);
  co_return next;
}

Task<void> start_epoch(Session& session, const Schema& system, EpochOf what) {
  if (co_await read_epoch(session, system, what) != 0) co_return;
  const Dialect& dialect = session.dialect();
  const Names names(system, dialect, what);
  const std::int64_t first = 1;
  Fragment statement = sql::insert(dialect, names.table, {{names.name, row_of(what)}, {names.epoch, first}});
  co_await session.execute(statement);
}

Task<std::int64_t> count_up(Session& session, const Schema& system, EpochOf what) {
  const Dialect& dialect = session.dialect();
  const Names names(system, dialect, what);
  Fragment statement = sql::shift(dialect, names.table, names.epoch, 1, names.mine);
  co_await session.execute(statement);
  co_return co_await read_epoch(session, system, what);
}

}  // namespace flotilla::data
