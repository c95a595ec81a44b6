#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace flotilla {

/// Threads with an event loop each. A coroutine stays on the loop it was spawned on, so what belongs to one
/// loop needs no lock.
class EventLoops {
 public:
  explicit EventLoops(std::size_t count);
  ~EventLoops();
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  std::size_t size() const { return loops_.size(); }
  boost::asio::io_context& at(std::size_t index) { return *loops_[index]; }
  /// The next in turn. Thread-safe.
  boost::asio::io_context& next() { return *loops_[turn_++ % loops_.size()]; }

  void run();   ///< starts the threads
  void stop();  ///< loops end as soon as their running handler returns
  void join();  ///< waits for the threads

 private:
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  std::vector<std::unique_ptr<boost::asio::io_context>> loops_;
  std::vector<Guard> guards_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> turn_{0};
};

}  // namespace flotilla
