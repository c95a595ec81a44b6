#include "data/model/model.hpp"

#include "data/model/schema_epoch.hpp"
#include "data/schema/schema_changes.hpp"

namespace flotilla::data {
namespace {

Task<TableInfo> describe(Session& session, const std::string& table) {
  TableInfo info;
  Fragment columns = session.dialect().columns_query(table);
  Rows rows = co_await session.query(columns);
  for (std::size_t row = 0; row < rows.size(); ++row)
    info.columns.push_back({rows.at(row, 0).as_text(), rows.at(row, 1).as_text(),
                            rows.at(row, 2).as_int() != 0, rows.at(row, 3).as_int() != 0});
  Fragment indexes = session.dialect().indexes_query(table);
  rows = co_await session.query(indexes);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::string name = rows.at(row, 0).as_text();
    if (info.indexes.empty() || info.indexes.back().name != name)
      info.indexes.push_back({std::move(name), rows.at(row, 1).as_int() != 0, {}});
    info.indexes.back().columns.push_back(rows.at(row, 2).as_text());
  }
  co_return info;
}

Task<void> run_all(Session& session, const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) {
    Fragment statement(sql);
    co_await session.execute(statement);
  }
}

enum class Whose { all, others };

/// `system` has the collections that are built in, which `Whose::others` leaves out. Their indexes are made
/// when they are missing; those of other tables are left as whoever made the table wanted them.
Task<void> add_missing_parts(Session& session, const Schema& schema, const Schema& system, Whose whose) {
  for (const auto& [name, collection] : schema.collections()) {
    const bool built_in = system.find(name) != nullptr;
    if (collection.view || (whose == Whose::others && built_in)) continue;
    TableInfo info = co_await describe(session, collection.table);
    co_await run_all(session, missing_parts(info, collection, session.dialect(), built_in));
  }
}

/// Associations that are new must join keys that can be compared.
void check_new_associations(const Schema& before, const Schema& after) {
  for (const auto& [name, collection] : after.collections()) {
    const Collection* old = before.find(name);
    for (const Field& field : collection.fields()) {
      if (field.is_association() && !(old && old->find(field.name)))
        check_key_types(after, collection, field);
    }
  }
}

}  // namespace

Model::Model(Database& database, NamingRules rules)
    : database_(database), rules_(std::move(rules)), system_(build_schema({}, rules_, 0)) {
  schema_.store(system_);
  metadata_.store(std::make_shared<Metadata>());
}

void Model::share(Announce announce) { announce_ = std::move(announce); }

Task<Model::Loaded> Model::load(Session& session, std::int64_t epoch,
                                std::vector<std::string>& problems) const {
  Loaded out;
  out.metadata = co_await read_metadata(session, *system_);
  out.schema = build_schema(out.metadata, rules_, static_cast<std::uint64_t>(epoch), &problems);
  co_return out;
}

Task<bool> Model::open(std::vector<std::string>& problems) {
  bool empty = false;
  Loaded loaded;
  Work work = [&](Session& session) -> Task<void> {
    co_await lock_schema(session);
    const TableInfo known = co_await describe(session, system_->collection("collections").table);
    empty = !known.exists();
    co_await add_missing_parts(session, *system_, *system_, Whose::all);
    std::int64_t epoch = co_await read_epoch(session, *system_);
    if (epoch == 0) epoch = co_await raise_epoch(session, *system_);
    loaded = co_await load(session, epoch, problems);
    co_await add_missing_parts(session, *loaded.schema, *system_, Whose::others);
  };
  co_await database_.write(work);
  publish(std::move(loaded));
  co_return empty;
}

Task<void> Model::reload() {
  auto guard = co_await changing_.acquire();
  Loaded loaded;
  Work work = [&](Session& session) -> Task<void> {
    co_await lock_schema(session);
    std::vector<std::string> problems;  // known since the start
    loaded = co_await load(session, co_await read_epoch(session, *system_), problems);
    co_await add_missing_parts(session, *loaded.schema, *system_, Whose::all);
  };
  co_await database_.write(work);
  publish(std::move(loaded));
}

Task<bool> Model::follow() {
  if (!shared()) co_return false;
  // Looked at first: a change of this node that is under way for long must not hold up who asks.
  std::int64_t newest = 0;
  Work look = [&](Session& session) -> Task<void> { newest = co_await read_epoch(session, *system_); };
  co_await database_.read(look);
  if (newest == static_cast<std::int64_t>(schema()->epoch())) co_return false;
  auto guard = co_await changing_.acquire();
  const auto known = static_cast<std::int64_t>(schema()->epoch());
  std::optional<Loaded> loaded;
  Work work = [&](Session& session) -> Task<void> {
    // Outside a transaction: what was read between two equal epochs belongs together.
    for (std::int64_t epoch = co_await read_epoch(session, *system_); epoch != known;) {
      std::vector<std::string> problems;
      Loaded found = co_await load(session, epoch, problems);
      const std::int64_t after = co_await read_epoch(session, *system_);
      if (after == epoch) {
        loaded = std::move(found);
        break;
      }
      epoch = after;
    }
  };
  co_await database_.read(work);
  if (!loaded) co_return false;
  publish(std::move(*loaded));
  co_return true;
}

Task<void> Model::check_current(Session& session, const Schema& used) const {
  if (!shared()) co_return;
  const std::int64_t epoch = co_await read_epoch(session, *system_);
  if (epoch != static_cast<std::int64_t>(used.epoch())) throw StaleSchema();
}

Task<void> Model::change(Edit edit) {
  auto guard = co_await changing_.acquire();
  Loaded before{*metadata(), schema()};
  Loaded after;
  Work work = [&](Session& session) -> Task<void> {
    co_await lock_schema(session);
    std::vector<std::string> problems;  // known since the start
    const std::int64_t epoch = co_await read_epoch(session, *system_);
    if (epoch != static_cast<std::int64_t>(before.schema->epoch()))
      before = co_await load(session, epoch, problems);
    co_await edit(session, *before.schema, before.metadata);
    const std::int64_t next = co_await raise_epoch(session, *system_);
    after = co_await load(session, next, problems);
    check_new_associations(*before.schema, *after.schema);
    co_await run_all(session, schema_changes(*before.schema, *after.schema, session.dialect()));
    if (announce_) co_await announce_(session, next);
  };
  co_await database_.write(work);
  publish(std::move(after));
}

void Model::publish(Loaded loaded) {
  metadata_.store(std::make_shared<const Metadata>(std::move(loaded.metadata)));
  schema_.store(std::move(loaded.schema));
}

}  // namespace flotilla::data
