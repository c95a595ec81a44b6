#include "data/online/schema_jobs.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "data/online/hold_back.hpp"

namespace flotilla::data {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstLook{20}, kLook{500};

class Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("the node stops: another one goes on with the change of the schema") {}
};

/// What a statement that runs beside us has come to.
struct Outcome {
  bool ended = false;
  std::exception_ptr error;
};

}  // namespace

Task<void> SchemaJobs::run(std::string key, Cancellation stop) {
  std::optional<SchemaJob> job;
  Work start = [&](Session& session) -> Task<void> {
    co_await start_job(session, *model_.schema(), key, node_, now_ms());
    job = co_await find_job(session, *model_.schema(), key);
  };
  co_await database_.write(start);
  if (!job || job->finished()) co_return;
  const std::string problem = co_await build(*job, stop);
  if (problem.empty())
    co_await complete(*job);
  else
    co_await fail(*job, problem);
}

/// Empty: the index is there.
Task<std::string> SchemaJobs::build(const SchemaJob& job, const Cancellation& stop) {
  for (;;) {
    if (stop.cancelled()) throw Cancelled();
    const IndexState state = co_await look(job);
    if (state.valid) co_return std::string();
    if (state.under_way) {
      co_await report(job);
      co_await stop.wait(kLook);
      continue;
    }
    if (state.exists) co_await drop(job);
    std::optional<SqlError> error;
    try {
      co_await build_once(job, stop);
    } catch (const SqlError& e) {
      error = e;
    }
    if (!error) continue;
    if (error->kind == SqlError::Kind::unique) {
      std::string example;
      Work find = [&](Session& session) -> Task<void> {
        example = co_await find_duplicate(session, job.table, job.columns);
      };
      co_await database_.write_alone(find);
      co_return duplicate_message(job.collection, job.fields, example);
    }
    if (error->kind == SqlError::Kind::unavailable) throw *error;
    // Another node may have been quicker by a moment; else it is what the database says.
    const IndexState after = co_await look(job);
    if (!after.valid && !after.under_way && !error->may_pass()) co_return error->what();
    co_await stop.wait(kLook);
  }
}

/// Tells how far it is while it runs.
Task<void> SchemaJobs::build_once(const SchemaJob& job, const Cancellation& stop) {
  auto outcome = std::make_shared<Outcome>();
  Work work = [statement = Fragment(database_.dialect().create_index_online(
                   job.table, job.index, job.columns, job.unique))](Session& session) -> Task<void> {
    co_await session.execute(statement);
  };
  auto make = [&database = database_, work = std::move(work)]() -> Task<void> {
    co_await database.write_alone(work);
  };
  boost::asio::co_spawn(co_await boost::asio::this_coro::executor, std::move(make),
                        [outcome](std::exception_ptr error) { *outcome = {true, error}; });
  for (milliseconds pause = kFirstLook; !outcome->ended; pause = std::min(2 * pause, kLook)) {
    // Cut off in the middle it goes on in the server; whoever takes the job over waits for it.
    if (co_await stop.wait(pause) && !outcome->ended) throw Cancelled();
    if (!outcome->ended && pause == kLook) co_await report(job);
  }
  if (outcome->error) std::rethrow_exception(outcome->error);
}

Task<SchemaJobs::IndexState> SchemaJobs::look(const SchemaJob& job) {
  IndexState out;
  Work work = [&](Session& session) -> Task<void> {
    const Fragment query = session.dialect().index_state_query(job.table, job.index);
    const Rows rows = co_await session.query(query);
    out = {!rows.empty(), !rows.empty() && rows.at(0, 0).as_int() != 0,
           !rows.empty() && rows.at(0, 1).as_int() != 0};
  };
  co_await database_.read(work);
  co_return out;
}

Task<void> SchemaJobs::report(const SchemaJob& job) {
  std::optional<JobProgress> progress;
  Work ask = [&](Session& session) -> Task<void> {
    const Fragment query = session.dialect().index_progress_query(job.table);
    const Rows rows = co_await session.query(query);
    if (!rows.empty()) progress = {rows.at(0, 0).as_text(), rows.at(0, 1).as_int(), rows.at(0, 2).as_int()};
  };
  try {
    co_await database_.read(ask);
    if (!progress) co_return;
    Work tell = [&](Session& session) -> Task<void> {
      co_await report_job(session, *model_.schema(), job.key, *progress);
    };
    co_await database_.write(tell);
  } catch (const SqlError& error) {
    // The work itself goes on; servers before PostgreSQL 12 do not tell how far it is.
    log::debug("the progress of a change of the schema is not known", {{"reason", error.what()}});
  }
}

Task<void> SchemaJobs::drop(const SchemaJob& job) {
  Work work = [statement = Fragment(database_.dialect().drop_index_online(job.table, job.index))](
                  Session& session) -> Task<void> { co_await session.execute(statement); };
  co_await database_.write_alone(work);
}

Task<void> SchemaJobs::complete(const SchemaJob& job) {
  const IdSource no_ids;  // nothing is created
  Model::Edit edit = [&](Session& session, const Schema& schema, const Metadata& metadata) -> Task<void> {
    const RequestScope request{schema, {}, now_ms(), 0, 0, nullptr};
    const WriteScope scope(request, Random::system(), no_ids);
    MetadataEditor editor(session, schema, metadata, scope);
    if (job.unique) co_await mark_unique(editor, job.collection, job.fields, job.fields.size() == 1);
    co_await finish_job(session, schema, job.key, {}, now_ms());
  };
  const ChangeOptions options{.allow_blocking = false, .built = {job.index}};
  co_await model_.change(edit, options);
  log::info("an index was made", {{"collection", job.collection}, {"index", job.index}, {"job", job.key}});
}

Task<void> SchemaJobs::fail(const SchemaJob& job, const std::string& error) {
  co_await drop(job);
  Work work = [&](Session& session) -> Task<void> {
    co_await finish_job(session, *model_.schema(), job.key, error, now_ms());
  };
  co_await database_.write(work);
  log::warn("a change of the schema failed",
            {{"collection", job.collection}, {"job", job.key}, {"reason", error}});
}

Task<std::optional<SchemaJob>> await_job(Database& database, const Model& model, const std::string& key,
                                         std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (;;) {
    std::optional<SchemaJob> job;
    Work look = [&](Session& session) -> Task<void> {
      job = co_await find_job(session, *model.schema(), key);
    };
    co_await database.read(look);
    if (!job || job->finished() || std::chrono::steady_clock::now() > deadline) co_return job;
    timer.expires_after(kFirstLook);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace flotilla::data
