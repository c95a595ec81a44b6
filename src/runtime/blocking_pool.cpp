#include "runtime/blocking_pool.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace flotilla {

BlockingPool::BlockingPool(std::string name, std::size_t threads, std::size_t queue_max)
    : name_(std::move(name)), queue_max_(queue_max) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, threads); ++i)
    threads_.emplace_back([this] { serve(); });
}

BlockingPool::~BlockingPool() {
  std::deque<Job> dropped;  // destroyed without the lock: callers' frames may hold anything
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  work_signal_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BlockingPool::submit(Job job, const std::function<void(std::exception_ptr)>& refuse) {
  {
    std::unique_lock lock(mutex_);
    if (queue_.size() >= queue_max_) {
      lock.unlock();
      return refuse(std::make_exception_ptr(
          Error(503, "too much " + name_ + " at once, please try again", "OVERLOADED")));
    }
    queue_.push_back(std::move(job));
  }
  work_signal_.notify_one();
}

void BlockingPool::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_signal_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace flotilla
