#pragma once

#include <boost/asio/io_context.hpp>
#include <thread>
#include <vector>

#include "adapters/sqlite/job_queue.hpp"
#include "adapters/sqlite/session.hpp"

namespace flotilla::sqlite {

/// One thread that runs queued reads on its own connection, one after the other.
class Reader {
 public:
  Reader(const SqliteOptions& options, JobQueue& queue);
  ~Reader();

 private:
  Task<void> serve();

  JobQueue& queue_;
  Connection connection_;
  SqliteSession session_;
  boost::asio::io_context io_{1};
  std::thread thread_;
};

class ReaderPool {
 public:
  explicit ReaderPool(const SqliteOptions& options);
  /// Runs what is queued, then stops.
  ~ReaderPool();

  JobQueue& queue() { return queue_; }

 private:
  JobQueue queue_;
  std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace flotilla::sqlite
