#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "runtime/task.hpp"

namespace flotilla {

/// A few threads for work that blocks (password hashing, files), so that event loops never do. Thread-safe.
class BlockingPool {
 public:
  /// `queue_max`: calls that may wait; more are refused.
  BlockingPool(std::string name, std::size_t threads, std::size_t queue_max);
  /// Ends what is running and drops what waits; its callers never resume. Destroy it after the loops have
  /// stopped.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `work` on a thread of the pool and resumes the caller on its own executor. What `work` throws is
  /// thrown here. Throws Error 503 naming the pool when too many calls wait.
  template <class F>
  Task<std::invoke_result_t<F>> run(F work) {
    using Result = std::invoke_result_t<F>;
    auto executor = co_await boost::asio::this_coro::executor;
    std::conditional_t<std::is_void_v<Result>, bool, std::optional<Result>> result{};
    std::exception_ptr failure;
    co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(
        [&](auto handler) {
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          submit(
              [&, executor, shared] {
                try {
                  if constexpr (std::is_void_v<Result>)
                    work();
                  else
                    result.emplace(work());
                } catch (...) {
                  failure = std::current_exception();
                }
                boost::asio::post(executor, [shared] { std::move (*shared)(); });
              },
              [&, executor, shared](std::exception_ptr refused) {
                failure = refused;
                boost::asio::post(executor, [shared] { std::move (*shared)(); });
              });
        },
        boost::asio::use_awaitable);
    if (failure) std::rethrow_exception(failure);
    if constexpr (!std::is_void_v<Result>) co_return std::move(*result);
  }

 private:
  using Job = std::function<void()>;
  void submit(Job job, const std::function<void(std::exception_ptr)>& refuse);
  void serve();

  const std::string name_;
  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable work_signal_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace flotilla
