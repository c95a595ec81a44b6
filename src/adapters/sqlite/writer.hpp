#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "adapters/sqlite/job_queue.hpp"
#include "adapters/sqlite/session.hpp"

namespace flotilla::sqlite {

/// The thread that runs all writes of this process. Works that wait together share one transaction and thus
/// one wait for the disk; each has its own savepoint, so that one that throws takes nothing of the others
/// with it.
class Writer {
 public:
  explicit Writer(const SqliteOptions& options);
  /// Runs what is queued, moves the WAL into the file, closes.
  ~Writer();

  JobQueue& queue() { return queue_; }

 private:
  using Clock = std::chrono::steady_clock;

  Task<void> serve();
  Task<void> run_group(Job& first);
  Task<void> run_one(Job& job);
  Job* next_of_group(std::size_t size, Clock::time_point began);
  void gather();
  void begin();
  void fail_to_begin(Job& job, std::exception_ptr why);
  void settle(Job& job);
  void commit();
  void lose_group(std::exception_ptr why);
  void answer_group();
  void let_others_write();

  JobQueue queue_;
  const std::size_t group_max_works_;
  const std::chrono::milliseconds group_max_;
  const std::chrono::milliseconds busy_timeout_;
  const std::function<void(std::size_t)> on_commit_;
  Connection connection_;
  SqliteSession session_;

  std::vector<Job*> group_;         ///< works of the running transaction, in order
  std::size_t written_ = 0;         ///< of them, those that did not throw
  std::size_t last_group_ = 0;      ///< size of the group before
  Clock::time_point free_since_{};  ///< when the write lock was last left to others for a while

  boost::asio::io_context io_{1};
  std::thread thread_;
};

}  // namespace flotilla::sqlite
