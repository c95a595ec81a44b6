#include "adapters/sqlite/writer.hpp"

#include "adapters/sqlite/database_thread.hpp"

namespace flotilla::sqlite {
namespace {

using data::SqlError;

// Waiting processes ask for the write lock about every 0.7 ms (Connection's busy handler). A process that
// writes without pause lets go of it for kRest after every kHold, or the others would starve.
constexpr auto kHold = std::chrono::milliseconds(50);
constexpr auto kRest = std::chrono::microseconds(1'500);

// Callers answered by one commit tend to come back together: waiting a little for them saves whole commits.
constexpr std::size_t kGatherFrom = 4;
constexpr auto kGather = std::chrono::microseconds(150);

bool has_kind(const std::exception_ptr& error, SqlError::Kind kind) {
  if (!error) return false;
  try {
    std::rethrow_exception(error);
  } catch (const SqlError& e) {
    return e.kind == kind;
  } catch (...) {
    return false;
  }
}

}  // namespace

Writer::Writer(const SqliteOptions& options)
    : queue_(options.max_queued_writes),
      group_max_works_(options.group_max_works),
      group_max_(options.group_max_ms),
      busy_timeout_(options.busy_timeout_ms),
      on_commit_(options.on_commit),
      connection_(options, Connection::Mode::write),
      session_(connection_, SqliteSession::Kind::in_transaction),
      thread_(start_database_thread(io_, "sqlite-write", serve())) {}

Writer::~Writer() {
  queue_.close();
  thread_.join();
  connection_.checkpoint();
}

Task<void> Writer::serve() {
  while (Job* job = queue_.pop()) {
    co_await run_group(*job);
    answer_group();
    let_others_write();
  }
}

Task<void> Writer::run_group(Job& first) {
  gather();
  const Clock::time_point began = Clock::now();
  for (Job* job = &first; job; job = next_of_group(group_.size(), began)) {
    group_.push_back(job);
    co_await run_one(*job);
  }
  commit();
}

/// Adds the work to the transaction, or fails it and what it ruins. Never throws.
Task<void> Writer::run_one(Job& job) {
  try {
    begin();
  } catch (...) {
    fail_to_begin(job, std::current_exception());
    co_return;
  }
  const std::size_t actions = session_.actions();
  try {
    co_await job.work(session_);
  } catch (...) {
    job.error = std::current_exception();
  }
  if (job.error) session_.keep_actions(actions);
  settle(job);
}

/// The first work of a transaction needs no savepoint: when it throws, nothing else is undone with it.
void Writer::begin() {
  if (written_ > 0) {
    connection_.execute("SAVEPOINT work");
    return;
  }
  if (connection_.broken()) connection_.reopen();
  connection_.execute("BEGIN IMMEDIATE");
}

void Writer::fail_to_begin(Job& job, std::exception_ptr why) {
  job.error = why;
  if (written_ > 0) return lose_group(why);
  if (!has_kind(why, SqlError::Kind::busy)) return;
  // Those that waited behind it for just as long are not made to wait for the same lock again.
  const Clock::time_point waited_enough = Clock::now() - busy_timeout_;
  while (Job* late = queue_.try_pop_older(waited_enough)) {
    late->error = why;
    group_.push_back(late);
  }
}

/// Keeps or undoes what the work has just written.
void Writer::settle(Job& job) {
  try {
    if (!connection_.in_transaction())
      throw SqlError(SqlError::Kind::unavailable, "the database rolled the transaction back");
    if (!job.error) {
      if (written_ > 0) connection_.execute("RELEASE work");
      ++written_;
    } else if (written_ > 0) {
      connection_.execute("ROLLBACK TO work");
      connection_.execute("RELEASE work");
    } else {
      connection_.execute("ROLLBACK");
    }
  } catch (...) {
    // Disk full or an I/O error is why SQLite undid the transaction: the others are told as well.
    const bool tells_why = has_kind(job.error, SqlError::Kind::unavailable);
    lose_group(tells_why ? job.error : std::current_exception());
  }
}

void Writer::commit() {
  if (written_ == 0) return;
  try {
    connection_.execute("COMMIT");
  } catch (...) {
    return lose_group(std::current_exception());
  }
  session_.run_actions();
  if (on_commit_) on_commit_(written_);
}

/// Nothing of the transaction stays; every work in it that did not throw by itself fails with `why`.
void Writer::lose_group(std::exception_ptr why) {
  for (Job* job : group_)
    if (!job->error) job->error = why;
  written_ = 0;
  session_.keep_actions(0);
  if (!connection_.in_transaction()) return;
  try {
    connection_.execute("ROLLBACK");
  } catch (const SqlError&) {
    try {
      connection_.reopen();
    } catch (const SqlError&) {
      // Still marked as broken: the next group tries again and is told the reason.
    }
  }
}

void Writer::answer_group() {
  last_group_ = group_.size();
  written_ = 0;
  for (Job* job : group_) deliver(*job);
  group_.clear();
}

Job* Writer::next_of_group(std::size_t size, Clock::time_point began) {
  if (size >= group_max_works_) return nullptr;
  if (Clock::now() - began >= group_max_) return nullptr;
  return queue_.try_pop();
}

void Writer::gather() {
  if (last_group_ >= kGatherFrom) queue_.wait_for(last_group_ - 1, kGather);
}

void Writer::let_others_write() {
  const Clock::time_point now = Clock::now();
  const bool idle = queue_.empty();
  if (!idle && now - free_since_ < kHold) return;
  if (!idle) std::this_thread::sleep_for(kRest);
  free_since_ = Clock::now();
}

}  // namespace flotilla::sqlite
