#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "adapters/sqlite/job.hpp"
#include "runtime/task.hpp"

namespace flotilla::sqlite {

/// Jobs that wait for a database thread, first in first out. Thread-safe. Sleeping threads are woken one at a
/// time and wake each other while work is left, so that a burst of jobs costs one system call and not one
/// each.
class JobQueue {
 public:
  enum class Refusal { none, full, closed };

  explicit JobQueue(std::size_t limit) : limit_(limit) {}

  /// Unless refused, the job belongs to the queue and may be finished before this returns.
  Refusal push(Job& job);
  /// Blocks until there is a job; null when the queue is closed and empty.
  Job* pop();
  /// Null when the queue is empty.
  Job* try_pop();
  /// The first job if it was queued before `time`, else null.
  Job* try_pop_older(std::chrono::steady_clock::time_point time);
  /// Blocks until there are `count` jobs, the time is over or the queue is closed.
  void wait_for(std::size_t count, std::chrono::microseconds time);
  bool empty() const;
  /// Refuses jobs from now on; those already inside are still handed out.
  void close();

 private:
  Job* take();

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  Job* first_ = nullptr;
  Job* last_ = nullptr;
  std::size_t size_ = 0;
  std::size_t wake_at_ = 1;   ///< jobs that are worth waking a thread for
  std::size_t sleeping_ = 0;  ///< threads in pop() or wait_for()
  std::size_t waking_ = 0;    ///< of them, those notified that do not run yet
  bool closed_ = false;
};

/// Queues `work` and waits until it has run; rethrows what it threw. Resumes on the caller's executor.
Task<void> run_queued(JobQueue& queue, data::Work work);

}  // namespace flotilla::sqlite
