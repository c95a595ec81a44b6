#include "adapters/sqlite/reader_pool.hpp"

#include "adapters/sqlite/database_thread.hpp"

namespace flotilla::sqlite {

Reader::Reader(const SqliteOptions& options, JobQueue& queue)
    : queue_(queue),
      connection_(options, Connection::Mode::read),
      session_(connection_, SqliteSession::Kind::reading),
      thread_(start_database_thread(io_, "sqlite-read", serve())) {}

Reader::~Reader() { thread_.join(); }

Task<void> Reader::serve() {
  // A work that suspends suspends this loop with it: its connection stays its own, and the queue waits for
  // another thread.
  while (Job* job = queue_.pop()) {
    try {
      if (connection_.broken()) connection_.reopen();
      co_await job->work(session_);
    } catch (...) {
      job->error = std::current_exception();
    }
    deliver(*job);
  }
}

ReaderPool::ReaderPool(const SqliteOptions& options) : queue_(options.max_queued_reads) {
  try {
    for (std::size_t i = 0; i < options.reader_threads; ++i)
      readers_.push_back(std::make_unique<Reader>(options, queue_));
  } catch (...) {
    queue_.close();
    throw;
  }
}

ReaderPool::~ReaderPool() { queue_.close(); }

}  // namespace flotilla::sqlite
