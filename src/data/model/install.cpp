#include "data/model/install.hpp"

#include "data/sql/statement.hpp"

namespace flotilla::data {

Task<bool> has_rows(Database& database, const Schema& schema, std::string_view collection) {
  bool found = false;
  Work work = [&](Session& session) -> Task<void> {
    sql::Select query;
    query.table = schema.collection(collection).table;
    query.limit = 1;
    const Fragment statement = sql::select(session.dialect(), query);
    const Rows rows = co_await session.query(statement);
    found = !rows.empty();
  };
  co_await database.read(work);
  co_return found;
}

}  // namespace flotilla::data
