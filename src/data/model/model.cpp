#include "data/model/model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/model/schema_epoch.hpp"
#include "data/model/schema_journal.hpp"
#include "data/model/sort_numbers.hpp"
#include "data/schema/schema_changes.hpp"
#include "data/schema/table_info.hpp"

namespace flotilla::data {
namespace {

enum class Whose { all, others };

/// `system` has the collections that are built in, which `Whose::others` leaves out. Their indexes are made
/// when they are missing; those of other tables are left as whoever made the table wanted them.
Task<void> add_missing_parts(Session& session, const Schema& schema, const Schema& system, Whose whose) {
  for (const Collection* collection : parents_first(schema)) {
    const bool built_in = system.find(collection->name) != nullptr;
    if (collection->view || (whose == Whose::others && built_in)) continue;
    TableInfo info = co_await describe_table(session, collection->table);
    co_await run_statements(session, missing_parts(info, schema, *collection, session.dialect(), built_in));
  }
}

NamingRules with_inheritance(NamingRules rules, const Dialect& dialect) {
  rules.inheritance = dialect.has_inheritance();
  return rules;
}

/// Two fields may be one column, when it holds the same for both.
void check_shared_column(const Collection& c, const Field& field) {
  if (field.column.empty()) return;
  for (const Field& other : c.fields()) {
    if (&other == &field || other.column != field.column || other.column_kind == field.column_kind) continue;
    throw bad_request(
        fmt::format("fields \"{}\" and \"{}\" of \"{}\" have the same column \"{}\", but not the same type",
                    other.name, field.name, c.name, field.column));
  }
}

/// Associations that are new must join keys that can be compared; new fields must fit their columns.
void check_new_fields(const Schema& before, const Schema& after) {
  for (const auto& [name, collection] : after.collections()) {
    const Collection* old = before.find(name);
    check_inherited(after, collection);
    for (const Field& field : collection.fields()) {
      if (old && old->find(field.name)) continue;
      check_shared_column(collection, field);
      if (field.is_association()) check_key_types(after, collection, field);
    }
  }
}

/// A table that nobody declared belongs to somebody else, unless it is what the new collection wants.
Task<void> check_new_tables(Session& session, const Schema& before, const Schema& after) {
  for (const auto& [name, c] : after.collections()) {
    if (c.view || before.find(name) || json::text(c.options, "from") == "dbsync") continue;
    const TableInfo info = co_await describe_table(session, c.table);
    if (!info.exists()) continue;
    for (const Field& field : c.fields()) {
      const bool there = field.column.empty() || std::ranges::any_of(info.columns, [&](const auto& column) {
                           return column.name == field.column;
                         });
      if (!there)
        throw bad_request(fmt::format(
            "the database has a table \"{}\" already, without a column \"{}\": make a collection of it with "
            "dataSources:loadTables, or take another name",
            c.table, field.column));
    }
  }
}

}  // namespace

Model::Model(Database& database, NamingRules rules)
    : database_(database),
      rules_(with_inheritance(std::move(rules), database.dialect())),
      system_(build_schema({}, rules_, 0)) {
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
    const TableInfo known = co_await describe_table(session, system_->collection("collections").table);
    empty = !known.exists();
    co_await add_missing_parts(session, *system_, *system_, Whose::all);
    std::int64_t epoch = co_await read_epoch(session, *system_);
    if (epoch == 0) epoch = co_await raise_epoch(session, *system_);
    if (!session.dialect().transactional_ddl()) co_await run_pending(session, *system_);
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
    if (!session.dialect().transactional_ddl()) co_await run_pending(session, *system_);
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

void Model::hand_over_jobs(HandOver hand_over) { hand_over_ = std::move(hand_over); }

Task<std::vector<std::string>> Model::change(Edit edit, ChangeOptions options) {
  auto guard = co_await changing_.acquire();
  Loaded before{*metadata(), schema()};
  Loaded after;
  std::vector<std::string> jobs;
  std::vector<TableChange> changes;
  const bool in_steps = !database_.dialect().transactional_ddl();
  bool drops = false;
  Work work = [&](Session& session) -> Task<void> {
    const Dialect& dialect = session.dialect();
    co_await lock_schema(session);
    const Fragment limit = dialect.limit_lock_waits(kMaintenanceWait);
    if (!limit.empty()) co_await session.query(limit);
    if (in_steps) co_await run_pending(session, *system_);
    std::vector<std::string> problems;  // known since the start
    const std::int64_t epoch = co_await read_epoch(session, *system_);
    if (epoch != static_cast<std::int64_t>(before.schema->epoch()))
      before = co_await load(session, epoch, problems);
    co_await edit(session, *before.schema, before.metadata);
    const std::int64_t next = co_await raise_epoch(session, *system_);
    after = co_await load(session, next, problems);
    check_new_fields(*before.schema, *after.schema);
    if (!options.tables_stay) {
      co_await check_new_tables(session, *before.schema, *after.schema);
      changes = table_changes(*before.schema, *after.schema);
    }
    // In steps the transaction must not even look at the tables that other connections are to alter.
    const bool can_hand_over = hand_over_ != nullptr && !in_steps;
    const std::vector<TableChange> later =
        co_await made_later(session, *system_, changes, options, can_hand_over);
    jobs = co_await insert_jobs(session, *system_, *after.schema, later);
    if (co_await hold_back(session, *system_, *after.schema, later))
      after = co_await load(session, next, problems);
    for (const std::string& job : jobs) co_await hand_over_(session, job);
    if (announce_) co_await announce_(session, next);
    // Last, so that tables are locked for a short time.
    if (options.tables_stay) co_return;
    co_await reserve_tables(session, changes, later, options);
    if (in_steps)
      drops = co_await grow(session, *before.schema, *after.schema);
    else
      co_await run_statements(session, made_now(schema_changes(*before.schema, *after.schema, dialect),
                                                changes, later, options, dialect));
    co_await number_new_sorts(session, *before.schema, *after.schema);
  };
  std::optional<SqlError> error;
  try {
    co_await write_patiently(database_, work);
  } catch (const SqlError& e) {
    error = e;
  }
  if (error) {
    co_await explain_duplicate(database_, *error, changes);
    throw *error;
  }
  publish(std::move(after));
  if (drops) co_await shrink();
  co_return jobs;
}

/// Adds to the tables, on other connections: the session's transaction stays as it is, and is committed, or
/// not, as a whole. Answers whether something is to be dropped once it is committed.
Task<bool> Model::grow(Session& session, const Schema& before, const Schema& after) {
  const SchemaSteps steps = schema_steps(before, after, session.dialect());
  if (!steps.adds.empty()) {
    std::vector<std::string> undo;
    Work prepare = [&](Session& other) -> Task<void> {
      for (const Collection* collection : grown(before, after)) {
        const TableInfo have = co_await describe_table(other, collection->table);
        for (std::string& statement : taken_back(have, *collection, other.dialect()))
          undo.push_back(std::move(statement));
      }
      co_await write_pending(other, *system_, undo);
    };
    co_await database_.write(prepare);
    Work add = [&](Session& other) -> Task<void> { co_await run_statements(other, steps.adds); };
    std::exception_ptr error;
    try {
      co_await database_.write(add);
    } catch (...) {
      error = std::current_exception();
    }
    if (error) {
      // The caller's transaction holds the lock of the schema: nobody else does the same.
      Work take_back = [&](Session& other) -> Task<void> { co_await run_pending(other, *system_); };
      try {
        co_await database_.write(take_back);
      } catch (const SqlError& why) {
        log::warn("What a change of the schema has added is taken away by the next one",
                  {{"reason", why.what()}});
      }
      std::rethrow_exception(error);
    }
  }
  if (!steps.adds.empty() || !steps.drops.empty()) co_await write_pending(session, *system_, steps.drops);
  co_return !steps.drops.empty();
}

/// The change is made; what it leaves over is dropped now, or by the next one.
Task<void> Model::shrink() {
  Work drop = [&](Session& session) -> Task<void> {
    co_await lock_schema(session);
    co_await run_pending(session, *system_);
  };
  try {
    co_await database_.write(drop);
  } catch (const SqlError& why) {
    log::warn("What a change of the schema has removed is dropped by the next one", {{"reason", why.what()}});
  }
}

void Model::publish(Loaded loaded) {
  metadata_.store(std::make_shared<const Metadata>(std::move(loaded.metadata)));
  schema_.store(std::move(loaded.schema));
}

}  // namespace flotilla::data
