#include "adapters/rabbitmq/agent.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace flotilla::rabbitmq {

Agent::Agent(Duties duties) : duties_(std::move(duties)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread([this] { serve(); });
}

Agent::~Agent() {
  stop();
  ::close(wake_);
}

bool Agent::post(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return false;
    jobs_.push_back(std::move(job));
    if (jobs_.size() > 1) return true;  // the one before has woken it
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_, &one, sizeof one);
  return true;
}

void Agent::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

bool Agent::stopping() const {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void Agent::run_jobs() {
  for (;;) {
    Job job;
    {
      std::lock_guard lock(mutex_);
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    // One by one: a job that waits runs those behind it.
    job();
  }
}

void Agent::sleep(std::chrono::milliseconds time) {
  if (duties_.next_step) time = std::min(time, duties_.next_step());
  {
    std::lock_guard lock(mutex_);
    if (!jobs_.empty() || stopping_) return;
  }
  pollfd watched[2] = {{wake_, POLLIN, 0}, {duties_.socket(), POLLIN, 0}};
  ::poll(watched, watched[1].fd < 0 ? 1 : 2, static_cast<int>(time.count()));
  std::uint64_t count;
  [[maybe_unused]] auto read = ::read(wake_, &count, sizeof count);
}

void Agent::wait(std::chrono::milliseconds time) {
  resume_all();
  sleep(time);
  run_jobs();
}

void Agent::resume(const Executor& executor, std::function<void()> coroutine) {
  if (std::this_thread::get_id() == thread_.get_id())
    resumed_.emplace_back(executor, std::move(coroutine));
  else
    boost::asio::post(executor, std::move(coroutine));
}

void Agent::resume_all() {
  while (!resumed_.empty()) {
    const Executor executor = resumed_.front().first;
    const auto others = std::ranges::stable_partition(
        resumed_, [&executor](const auto& entry) { return entry.first == executor; });
    std::vector<std::function<void()>> together;
    for (auto at = resumed_.begin(); at != others.begin(); ++at) together.push_back(std::move(at->second));
    resumed_.erase(resumed_.begin(), others.begin());
    boost::asio::post(executor, [together = std::move(together)] {
      for (const auto& coroutine : together) coroutine();
    });
  }
}

void Agent::serve() {
  for (;;) {
    wait(kIdleStep);
    duties_.step();
    resume_all();
    std::lock_guard lock(mutex_);
    if (stopping_ && jobs_.empty()) return;
  }
}

}  // namespace flotilla::rabbitmq
