#include "data/model/model.hpp"

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

Task<void> add_missing_parts(Session& session, const Schema& schema) {
  for (const auto& [name, collection] : schema.collections()) {
    if (collection.view) continue;
    TableInfo info = co_await describe(session, collection.table);
    co_await run_all(session, missing_parts(info, collection, session.dialect()));
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

Task<bool> Model::open(std::vector<std::string>& problems) {
  bool empty = false;
  Metadata metadata;
  std::shared_ptr<const Schema> schema;
  Work work = [&](Session& session) -> Task<void> {
    TableInfo known = co_await describe(session, system_->collection("collections").table);
    empty = !known.exists();
    co_await add_missing_parts(session, *system_);
    metadata = co_await read_metadata(session, *system_);
    schema = build_schema(metadata, rules_, 1, &problems);
    co_await add_missing_parts(session, *schema);
  };
  co_await database_.write(work);
  publish(std::move(schema), std::move(metadata));
  co_return empty;
}

Task<void> Model::reload() {
  auto guard = co_await changing_.acquire();
  Metadata metadata;
  std::shared_ptr<const Schema> schema;
  const std::uint64_t epoch = this->schema()->epoch() + 1;
  Work work = [&](Session& session) -> Task<void> {
    metadata = co_await read_metadata(session, *system_);
    std::vector<std::string> problems;
    schema = build_schema(metadata, rules_, epoch, &problems);
    co_await add_missing_parts(session, *schema);
  };
  co_await database_.write(work);
  publish(std::move(schema), std::move(metadata));
}

Task<void> Model::change(Edit edit) {
  auto guard = co_await changing_.acquire();
  std::shared_ptr<const Schema> before = schema();
  std::shared_ptr<const Metadata> known = metadata();
  Metadata metadata;
  std::shared_ptr<const Schema> after;
  Work work = [&](Session& session) -> Task<void> {
    co_await edit(session, *before, *known);
    metadata = co_await read_metadata(session, *system_);
    std::vector<std::string> problems;  // known since the start
    after = build_schema(metadata, rules_, before->epoch() + 1, &problems);
    check_new_associations(*before, *after);
    co_await run_all(session, schema_changes(*before, *after, session.dialect()));
  };
  co_await database_.write(work);
  publish(std::move(after), std::move(metadata));
}

void Model::publish(std::shared_ptr<const Schema> schema, Metadata metadata) {
  metadata_.store(std::make_shared<const Metadata>(std::move(metadata)));
  schema_.store(std::move(schema));
}

}  // namespace flotilla::data
