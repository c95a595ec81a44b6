#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "cluster/unavailable.hpp"
#include "runtime/task.hpp"

namespace flotilla::rabbitmq {

/// A thread for a blocking connection. It sleeps until a job is posted or its socket has something to read,
/// then runs the jobs and a step. Jobs and steps never run at the same time.
class Agent {
 public:
  using Job = std::function<void()>;
  struct Duties {
    std::function<int()> socket;  ///< what to watch, -1: nothing
    std::function<void()> step;   ///< after jobs, after the socket moved, and at least every kIdleStep
    std::function<std::chrono::milliseconds()> next_step = {};  ///< sooner than kIdleStep, if it must be
  };
  static constexpr std::chrono::milliseconds kIdleStep{1'000};

  explicit Agent(Duties duties);
  ~Agent();  ///< stop()
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Thread-safe. After stop() jobs are dropped: false.
  bool post(Job job);
  /// Ends the thread after the jobs it has. Not from the thread itself.
  void stop();

  // For the thread, inside a long step: sleeps until there is a job or the socket moves, and runs the jobs.
  void wait(std::chrono::milliseconds time);
  void run_jobs();
  bool stopping() const;

  /// Posts `start(done)` and waits until a job or step calls done(error or null). Resumes on the caller's
  /// executor.
  template <class Start>
  Task<void> call(Start start) {
    auto executor = co_await boost::asio::this_coro::executor;
    std::exception_ptr failure;
    co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(
        [&](auto handler) {
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          auto done = [this, &failure, &executor, shared](std::exception_ptr error) {
            failure = std::move(error);
            resume(executor, [shared] { std::move (*shared)(); });
          };
          if (!post([start = std::move(start), done] { start(done); }))
            done(std::make_exception_ptr(cluster::Unavailable(cluster::Unavailable::Why::network, "RabbitMQ",
                                                              "the connection is closed")));
        },
        boost::asio::use_awaitable);
    if (failure) std::rethrow_exception(failure);
  }

 private:
  using Executor = boost::asio::any_io_executor;
  void resume(const Executor& executor, std::function<void()> coroutine);
  void resume_all();
  void serve();
  void sleep(std::chrono::milliseconds time);

  Duties duties_;
  int wake_ = -1;  ///< an eventfd
  mutable std::mutex mutex_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  /// What the thread has done since it last told others: many are woken at once.
  std::vector<std::pair<Executor, std::function<void()>>> resumed_;
  std::thread thread_;
};

using Done = std::function<void(std::exception_ptr)>;

}  // namespace flotilla::rabbitmq
