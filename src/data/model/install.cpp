#include "data/model/install.hpp"

#include "data/model/schema_epoch.hpp"
#include "data/sql/statement.hpp"
#include "data/write/save.hpp"

namespace flotilla::data {

std::string_view asset(std::string_view name);  // generated from assets/

namespace {

Task<bool> has_rows(Session& session, const Collection& collection) {
  sql::Select query;
  query.table = collection.table;
  query.limit = 1;
  const Fragment statement = sql::select(session.dialect(), query);
  const Rows rows = co_await session.query(statement);
  co_return !rows.empty();
}

}  // namespace

Task<bool> has_rows(Database& database, const Schema& schema, std::string_view collection) {
  bool found = false;
  Work work = [&](Session& session) -> Task<void> {
    found = co_await has_rows(session, schema.collection(collection));
  };
  co_await database.read(work);
  co_return found;
}

Task<bool> install_seeds(Database& database, const Model& model, Random& random, const IdSource& next_id,
                         std::int64_t now_ms) {
  const Json seeds = json::parse(asset("seeds.json"));
  std::shared_ptr<const Schema> schema = model.schema();
  bool written = false;
  Work work = [&](Session& session) -> Task<void> {
    co_await lock_schema(session);
    if (co_await has_rows(session, schema->collection("applicationVersion"))) co_return;
    written = true;
    co_await raise_epoch(session, *schema);
    for (const auto& [table, rows] : seeds.as_object()) {
      const Collection& c = schema->collection(table);
      const bool folded = table == "collections" || table == "fields";
      RequestScope request{*schema, {}, now_ms, 0, 0, nullptr};
      for (const Json& row : rows.as_array()) {
        const WriteScope scope(request, random, next_id);
        const JsonObject values = folded ? fold_options(c, row.as_object()) : row.as_object();
        NestedUpdates none;
        co_await create_record(session, scope, c, values, none);
        ++request.now_ms;  // sorted by time, they come in their order
      }
    }
  };
  co_await database.write(work);
  co_return written;
}

}  // namespace flotilla::data
