#include "runtime/task_group.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>

#include "base/log.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla {

namespace {
constexpr std::chrono::milliseconds kLookAgain{1000};
}

struct TaskGroup::State {
  std::atomic<std::size_t> running{0};
  Wakeup ended;
};

TaskGroup::TaskGroup(boost::asio::any_io_executor executor)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {}

TaskGroup::~TaskGroup() { stop(); }

void TaskGroup::spawn(std::string name, Task<void> task) {
  state_->running.fetch_add(1);
  auto done = [state = state_, name = std::move(name)](std::exception_ptr failure) {
    if (failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& error) {
        log::error("a background task ended with an error", {{"task", name}, {"reason", error.what()}});
      } catch (...) {
        log::error("a background task ended with an error", {{"task", name}});
      }
    }
    state->running.fetch_sub(1);
    state->ended.notify();
  };
  // Never within this call: the caller may hold a lock that the task wants.
  boost::asio::post(executor_,
                    [executor = executor_, task = std::move(task), done = std::move(done)]() mutable {
                      boost::asio::co_spawn(executor, std::move(task), std::move(done));
                    });
}

Task<void> TaskGroup::wait() {
  const std::shared_ptr<State> state = state_;
  for (;;) {
    const Wakeup::Version seen = state->ended.version();
    if (state->running.load() == 0) co_return;
    co_await state->ended.wait(seen, kLookAgain);
  }
}

}  // namespace flotilla
