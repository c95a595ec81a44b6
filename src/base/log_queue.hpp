#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace flotilla::log {

/// Lines on their way from the event loops to a slow output: a bounded buffer and one thread that empties it.
/// Thread-safe. The destructor writes what is left.
class LogQueue {
 public:
  /// Gets many lines at once, in the order they came, on the writer's thread. Must not throw.
  using Output = std::function<void(std::string_view lines)>;
  /// Makes the line that tells how many lines were dropped.
  using DropLine = std::function<std::string(std::uint64_t dropped)>;

  LogQueue(std::size_t bytes_max, Output output, DropLine drop_line,
           std::chrono::milliseconds gather = std::chrono::milliseconds(5));
  ~LogQueue();
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  /// Takes the line, or drops it when `bytes_max` would be passed. An `urgent` line is written without
  /// gathering.
  void push(std::string_view line, bool urgent);

 private:
  void run();

  const std::size_t bytes_max_;
  const Output output_;
  const DropLine drop_line_;
  const std::chrono::milliseconds gather_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  bool urgent_ = false;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace flotilla::log
