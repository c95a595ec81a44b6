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
    if (jobs_.size() > 1) return true;  // it is awake, or about to be
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
  std::deque<Job> jobs;
  {
    std::lock_guard lock(mutex_);
    jobs.swap(jobs_);
  }
  for (Job& job : jobs) job();
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
  sleep(time);
  run_jobs();
}

void Agent::serve() {
  for (;;) {
    wait(kIdleStep);
    duties_.step();
    std::lock_guard lock(mutex_);
    if (stopping_ && jobs_.empty()) return;
  }
}

}  // namespace flotilla::rabbitmq
