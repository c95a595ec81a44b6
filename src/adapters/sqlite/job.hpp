#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <exception>
#include <functional>

#include "data/sql/database.hpp"

namespace flotilla::sqlite {

class Mailbox;

/// One read or write on its way to a database thread and back. It lives in the frame of the coroutine that
/// waits for it, so that a request costs no allocation of its own; `resume` owns that coroutine.
struct Job {
  data::Work work;
  std::exception_ptr error;
  std::chrono::steady_clock::time_point queued_at{};

  std::move_only_function<void(std::exception_ptr)> resume;
  boost::asio::any_io_executor executor;  ///< where `resume` must be called
  Mailbox* mailbox = nullptr;             ///< of the executor's io_context, when it is a plain one
  Job* next = nullptr;                    ///< in the queue or mailbox it is in
};

/// Hands a finished job back to its caller's executor. The job may be gone when this returns. Any thread.
void deliver(Job& job);

/// Resumes the caller of a finished job, on this thread. The job is gone when this returns.
void resume_caller(Job& job);

}  // namespace flotilla::sqlite
