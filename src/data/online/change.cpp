#include "data/online/change.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "data/online/hold_back.hpp"
#include "runtime/random_pause.hpp"

namespace flotilla::data {
namespace {

using Kind = TableChange::Kind;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{20};
constexpr milliseconds kPauseMin{40}, kPauseMax{250};

bool is_built(const TableChange& change, const ChangeOptions& options) {
  return change.kind == Kind::create_index &&
         std::ranges::find(options.built, change.index.name) != options.built.end();
}

bool is_made_online(const Dialect& dialect, const TableChange& change) {
  return !dialect
              .create_index_online(change.table, change.index.name, change.index.columns, change.index.unique)
              .empty();
}

}  // namespace

Task<void> reserve_tables(Session& session, const std::vector<TableChange>& changes,
                          const std::vector<TableChange>& later, const ChangeOptions& options) {
  const Dialect& dialect = session.dialect();
  std::set<std::string> tables;
  for (const TableChange& change : changes) {
    const bool is_later = std::ranges::any_of(later, [&](const TableChange& other) {
      return change.kind == Kind::create_index && other.index == change.index;
    });
    if (!is_later && !is_built(change, options) && change.kind != Kind::drop_table)
      tables.insert(change.table);
  }
  for (const std::string& table : tables) {
    const Fragment reserve = dialect.reserve_table(table);
    if (!reserve.empty()) co_await session.execute(reserve);
  }
  const Fragment limit = dialect.limit_lock_waits(options.allow_blocking ? kLockWaitBlocking : kLockWait);
  if (!limit.empty()) co_await session.query(limit);
}

Task<std::vector<TableChange>> made_later(Session& session, const Schema& system,
                                          const std::vector<TableChange>& changes,
                                          const ChangeOptions& options, bool can_hand_over) {
  std::vector<TableChange> asked, later;
  for (const TableChange& change : changes)
    if (!is_built(change, options)) asked.push_back(change);
  if (asked.empty()) co_return later;
  std::vector<SchemaJob> open = co_await open_jobs(session, system);
  std::erase_if(open, [&](const SchemaJob& job) {
    return std::ranges::find(options.built, job.index) != options.built.end();
  });
  if (options.allow_blocking || !can_hand_over) {
    check_free(asked, open);
    co_return later;
  }
  for (TableChange& change : co_await check_online(session, asked, open))
    if (change.kind == Kind::create_index && is_made_online(session.dialect(), change))
      later.push_back(std::move(change));
  co_return later;
}

Task<bool> hold_back(Session& session, const Schema& system, const Schema& after,
                     const std::vector<TableChange>& later) {
  const IdSource no_ids;  // nothing is created
  const RequestScope request{system, {}, Clock::system().now().time_since_epoch().count(), 0, 0, nullptr};
  const WriteScope scope(request, Random::system(), no_ids);
  bool any = false;
  for (const TableChange& change : later) {
    if (!change.index.unique) continue;
    const Metadata metadata = co_await read_metadata(session, system);
    MetadataEditor editor(session, system, metadata, scope);
    co_await hold_back_unique(editor, after.collection(change.collection), change.index);
    any = true;
  }
  co_return any;
}

std::vector<std::string> made_now(std::vector<std::string> statements,
                                  const std::vector<TableChange>& changes,
                                  const std::vector<TableChange>& later, const ChangeOptions& options,
                                  const Dialect& dialect) {
  auto leave_out = [&](const TableChange& change) {
    const std::string statement =
        dialect.create_index(change.table, change.index.name, change.index.columns, change.index.unique);
    std::erase(statements, statement);
  };
  for (const TableChange& change : later) leave_out(change);
  for (const TableChange& change : changes)
    if (is_built(change, options)) leave_out(change);
  return statements;
}

Task<std::vector<std::string>> insert_jobs(Session& session, const Schema& system, const Schema& after,
                                           const std::vector<TableChange>& later) {
  std::vector<std::string> keys;
  for (const TableChange& change : later) {
    SchemaJob job;
    job.key = random_uid(Random::system());
    job.collection = change.collection;
    job.fields = fields_of(after.collection(change.collection), change.index);
    job.table = change.table;
    job.index = change.index.name;
    job.columns = change.index.columns;
    job.unique = change.index.unique;
    co_await insert_job(session, system, job, Clock::system().now().time_since_epoch().count());
    keys.push_back(std::move(job.key));
  }
  co_return keys;
}

Task<void> write_patiently(Database& database, const Work& work) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    try {
      co_await database.write(work);
      co_return;
    } catch (const SqlError& error) {
      if (!error.may_pass()) throw;
      if (std::chrono::steady_clock::now() > deadline)
        throw SqlError(
            SqlError::Kind::busy,
            std::string("a table of this change is in use by others all the time, try again later: ") +
                error.what(),
            error.table);
    }
    co_await random_pause(kPauseMin, kPauseMax);
  }
}

Task<void> explain_duplicate(Database& database, const SqlError& error,
                             const std::vector<TableChange>& changes) {
  auto change = std::ranges::find_if(changes, [&](const TableChange& c) {
    return c.kind == Kind::create_index && c.index.unique && c.table == error.table;
  });
  if (error.kind != SqlError::Kind::unique || change == changes.end()) co_return;
  std::string example;
  Work look = [&](Session& session) -> Task<void> {
    example = co_await find_duplicate(session, change->table, change->index.columns);
  };
  co_await database.read(look);
  throw Error(409, duplicate_message(change->collection, change->index.columns, example), "NOT_UNIQUE");
}

}  // namespace flotilla::data
