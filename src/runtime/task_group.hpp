#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "runtime/cancellation.hpp"
#include "runtime/task.hpp"

namespace flotilla {

/// Coroutines that run beside their owner (pollers, renewals, consumers) until they are told to stop. A task
/// that ends with an exception is logged with its name; nothing is swallowed. Thread-safe.
class TaskGroup {
 public:
  /// Tasks run on `executor`, which must run one handler at a time and outlive the group.
  explicit TaskGroup(boost::asio::any_io_executor executor);
  /// Tasks may outlive the group only when wait() was not awaited: they then keep what they captured.
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// The task begins after this call has returned.
  void spawn(std::string name, Task<void> task);
  /// What tasks should watch: cancelled by stop() and by the destructor.
  const Cancellation& stopping() const { return stopping_; }
  void stop() { stopping_.cancel(); }
  /// Resumes when no task runs any more.
  Task<void> wait();
  const boost::asio::any_io_executor& executor() const { return executor_; }

 private:
  struct State;
  boost::asio::any_io_executor executor_;
  Cancellation stopping_;
  std::shared_ptr<State> state_;
};

}  // namespace flotilla
