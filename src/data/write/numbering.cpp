#include "data/write/numbering.hpp"

#include "data/sql/expression.hpp"

namespace flotilla::data {
namespace {

/// The remembered gap of one table.
class Gap {
 public:
  Gap(Session& session, const Collection& numbering, const std::string& table)
      : session_(session), dialect_(session.dialect()), numbering_(numbering), table_(table) {}

  Task<std::optional<std::int64_t>> next() {
    sql::Select query;
    query.table = numbering_.table;
    query.columns = {dialect_.quote(column("next"))};
    query.where = mine();
    Fragment statement = sql::select(dialect_, query);
    Rows rows = co_await session_.query(statement);
    co_return rows.empty() ? std::nullopt : std::optional(rows.at(0, 0).as_int());
  }
  Task<void> open(std::int64_t next) {
    co_await run(
        sql::insert_missing(dialect_, numbering_.table, {{column("table"), table_}, {column("next"), next}}));
  }
  /// The next number, for this transaction alone; none when the gap is closed meanwhile.
  Task<std::optional<std::int64_t>> take() {
    co_await run(sql::shift(dialect_, numbering_.table, column("next"), 1, mine()));
    const std::optional<std::int64_t> after = co_await next();
    if (!after) co_return std::nullopt;
    co_return *after - 1;
  }
  Task<void> close() { co_await run(sql::remove(dialect_, numbering_.table, mine())); }

 private:
  const std::string& column(std::string_view name) const { return numbering_.field(name).column; }
  Fragment mine() const { return sql::compare(dialect_.quote(column("table")), sql::Compare::equal, table_); }
  Task<void> run(Fragment statement) { co_await session_.execute(statement); }

  Session& session_;
  const Dialect& dialect_;
  const Collection& numbering_;
  const std::string& table_;
};

Task<bool> is_taken(Session& session, const Collection& c, const Field& key, std::int64_t number) {
  sql::Select query;
  query.table = c.table;
  query.where = sql::compare(session.dialect().quote(key.column), sql::Compare::equal, number);
  query.limit = 1;
  Fragment statement = sql::select(session.dialect(), query);
  Rows rows = co_await session.query(statement);
  co_return !rows.empty();
}

}  // namespace

Task<void> settle_number(Session& session, const Schema& schema, const Collection& c, const Field& key,
                         RowValues& row) {
  Fragment last_number = session.dialect().last_number_query(c.table);
  const Collection* numbering = schema.find("flotillaNumbering");
  if (last_number.empty() || !numbering || &c == numbering) co_return;
  Gap gap(session, *numbering, c.table);
  const std::optional<std::int64_t> next = co_await gap.next();
  if (const Param* chosen = row.find(key)) {
    const std::int64_t* number = std::get_if<std::int64_t>(chosen);
    if (next || !number) co_return;
    Rows rows = co_await session.query(last_number);
    const std::int64_t last = rows.empty() ? 0 : rows.at(0, 0).as_int();
    if (*number > last + 1) co_await gap.open(last + 1);
    co_return;
  }
  if (!next) co_return;
  const std::optional<std::int64_t> number = co_await gap.take();
  if (!number) co_return;
  if (co_await is_taken(session, c, key, *number)) {
    co_await gap.close();
    co_return;
  }
  row.set(key, *number);
}

}  // namespace flotilla::data
