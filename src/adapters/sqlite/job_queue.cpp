#include "adapters/sqlite/job_queue.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/sqlite/mailbox.hpp"

namespace flotilla::sqlite {

JobQueue::Refusal JobQueue::push(Job& job) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return Refusal::closed;
    if (size_ >= limit_) return Refusal::full;
    job.next = nullptr;
    (last_ ? last_->next : first_) = &job;
    last_ = &job;
    ++size_;
    wake = sleeping_ > 0 && waking_ == 0 && size_ >= wake_at_;
    if (wake) ++waking_;
  }
  if (wake) arrived_.notify_one();
  return Refusal::none;
}

Job* JobQueue::take() {
  Job* job = first_;
  if (!job) return nullptr;
  first_ = job->next;
  if (!first_) last_ = nullptr;
  --size_;
  return job;
}

Job* JobQueue::pop() {
  Job* job = nullptr;
  bool wake = false;
  {
    std::unique_lock lock(mutex_);
    while (!first_ && !closed_) {
      ++sleeping_;
      arrived_.wait(lock);
      --sleeping_;
      if (waking_ > 0) --waking_;
    }
    job = take();
    wake = first_ && sleeping_ > 0 && waking_ == 0;
    if (wake) ++waking_;
  }
  if (wake) arrived_.notify_one();
  return job;
}

Job* JobQueue::try_pop() {
  std::lock_guard lock(mutex_);
  return take();
}

Job* JobQueue::try_pop_older(std::chrono::steady_clock::time_point time) {
  std::lock_guard lock(mutex_);
  return first_ && first_->queued_at < time ? take() : nullptr;
}

void JobQueue::wait_for(std::size_t count, std::chrono::microseconds time) {
  std::unique_lock lock(mutex_);
  if (size_ >= count || closed_) return;
  wake_at_ = count;
  ++sleeping_;
  arrived_.wait_for(lock, time, [&] { return size_ >= count || closed_; });
  --sleeping_;
  if (waking_ > 0) --waking_;
  wake_at_ = 1;
}

bool JobQueue::empty() const {
  std::lock_guard lock(mutex_);
  return !first_;
}

void JobQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
}

namespace {

using data::SqlError;

void start(JobQueue& queue, Job& job) {
  switch (queue.push(job)) {
    case JobQueue::Refusal::none:
      return;
    case JobQueue::Refusal::full:
      job.error = std::make_exception_ptr(
          SqlError(SqlError::Kind::busy, "the database has too many requests waiting, try again later"));
      break;
    case JobQueue::Refusal::closed:
      job.error = std::make_exception_ptr(SqlError(SqlError::Kind::unavailable, "the database is closing"));
  }
  deliver(job);
}

}  // namespace

Task<void> run_queued(JobQueue& queue, data::Work work) {
  namespace asio = boost::asio;
  Job job;
  job.work = std::move(work);
  job.queued_at = std::chrono::steady_clock::now();
  auto initiate = [&queue, &job](auto handler) {
    job.executor = asio::get_associated_executor(handler);
    // Callers on a strand or another kind of executor are resumed there one by one.
    if (auto* plain = job.executor.template target<asio::io_context::executor_type>())
      job.mailbox = &Mailbox::of(plain->context());
    job.resume = std::move(handler);
    start(queue, job);
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(initiate,
                                                                                         asio::use_awaitable);
}

}  // namespace flotilla::sqlite
