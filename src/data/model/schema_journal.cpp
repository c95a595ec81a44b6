#include "data/model/schema_journal.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {

namespace {

constexpr std::string_view kRow = "pending";

struct Names {
  Names(const Schema& system, const Dialect& dialect)
      : table(system.collection("flotillaSchema").table),
        name(system.collection("flotillaSchema").field("name").column),
        pending(system.collection("flotillaSchema").field("pending").column),
        mine(sql::compare(dialect.quote(name), sql::Compare::equal, std::string(kRow))) {}
  std::string table;
  std::string name;
  std::string pending;
  Fragment mine;
};

Task<Rows> read_row(Session& session, const Names& names) {
  sql::Select query;
  query.table = names.table;
  query.columns = {session.dialect().quote(names.pending)};
  query.where = names.mine;
  const Fragment statement = sql::select(session.dialect(), query);
  co_return co_await session.query(statement);
}

}  // namespace

Task<void> write_pending(Session& session, const Schema& system, const std::vector<std::string>& statements) {
  const Dialect& dialect = session.dialect();
  const Names names(system, dialect);
  JsonArray list;
  for (const std::string& statement : statements) list.emplace_back(statement);
  const std::string text = json::dump(list);
  const Rows rows = co_await read_row(session, names);
  const Fragment statement =
      rows.empty()
          ? sql::insert(dialect, names.table, {{names.name, std::string(kRow)}, {names.pending, text}})
          : sql::update(dialect, names.table, {{names.pending, text}}, names.mine);
  co_await session.execute(statement);
}

Task<void> run_pending(Session& session, const Schema& system) {
  const Names names(system, session.dialect());
  const Rows rows = co_await read_row(session, names);
  if (rows.empty() || rows.at(0, 0).is_null()) co_return;
  const Json list = json::parse(rows.at(0, 0).text());
  if (!list.is_array() || list.get_array().empty()) co_return;
  for (const Json& text : list.get_array()) {
    const Fragment statement{std::string(text.as_string())};
    co_await session.execute(statement);
  }
  co_await write_pending(session, system, {});
  log::debug("The tables were brought to where a change of the schema left them",
             {{"statements", static_cast<std::int64_t>(list.get_array().size())}});
}

}  // namespace flotilla::data
