#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <thread>

#include "runtime/task.hpp"

namespace flotilla::test {

/// An event loop with its thread, for tests of coroutines.
class Loop {
 public:
  Loop() : guard_(io_.get_executor()), thread_([this] { io_.run(); }) {}
  ~Loop() {
    guard_.reset();
    io_.stop();
    thread_.join();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  boost::asio::io_context& context() { return io_; }
  boost::asio::any_io_executor executor() { return io_.get_executor(); }

  /// Runs the coroutine on the loop and answers what it gives. A test that hangs fails instead.
  template <class T>
  T run(Task<T> task, std::chrono::seconds limit = std::chrono::seconds(60)) {
    auto result = boost::asio::co_spawn(io_, std::move(task), boost::asio::use_future);
    if (result.wait_for(limit) != std::future_status::ready)
      throw std::runtime_error("the coroutine did not end in time");
    return result.get();
  }
  /// The same for a lambda that is a coroutine: it is kept alive while it runs.
  template <class F>
  auto run(F body, std::chrono::seconds limit = std::chrono::seconds(60))
    requires std::invocable<F&>
  {
    return run(body(), limit);
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::thread thread_;
};

}  // namespace flotilla::test
