#include "adapters/sqlite/mailbox.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace flotilla::sqlite {

boost::asio::execution_context::id Mailbox::id;

void Mailbox::put(Job& job) { put_list(&job, &job); }

void Mailbox::put_list(Job* first, Job* last) {
  Job* head = newest_.load(std::memory_order_relaxed);
  do {
    last->next = head;
  } while (!newest_.compare_exchange_weak(head, first, std::memory_order_release, std::memory_order_relaxed));
  if (head) return;
  // Without work of its own this post could still be on its way out when the loop, its last coroutine resumed
  // and ended, is destroyed.
  auto work = boost::asio::make_work_guard(io_);
  boost::asio::post(io_.get_executor(), [this] { drain(); });
}

Job* Mailbox::take_in_order() {
  Job* newest = newest_.exchange(nullptr, std::memory_order_acquire);
  Job* oldest = nullptr;
  while (newest) {
    Job* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

void Mailbox::drain() {
  struct Rest {
    Mailbox& box;
    Job* list;
    // A caller's coroutine may end in an exception that leaves the loop; the others are resumed all the same.
    ~Rest() {
      while (list) {
        Job* job = list;
        list = job->next;
        box.put(*job);
      }
    }
  } rest{*this, take_in_order()};
  while (rest.list) {
    Job* job = rest.list;
    rest.list = job->next;
    resume_caller(*job);
  }
}

void Mailbox::shutdown() {
  Job* list = take_in_order();
  while (list) {
    Job* job = list;
    list = job->next;
    auto resume = std::move(job->resume);  // destroys the waiting coroutine, and the job with it
  }
}

}  // namespace flotilla::sqlite
