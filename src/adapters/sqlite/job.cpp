#include "adapters/sqlite/job.hpp"

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include "adapters/sqlite/mailbox.hpp"

namespace flotilla::sqlite {

void deliver(Job& job) {
  if (job.mailbox) return job.mailbox->put(job);
  // Counts as work until the post is over: the loop must outlive it, not only what it brings.
  auto executor = boost::asio::prefer(job.executor, boost::asio::execution::outstanding_work.tracked);
  boost::asio::post(executor, [resume = std::move(job.resume), error = std::move(job.error)]() mutable {
    resume(std::move(error));
  });
}

void resume_caller(Job& job) {
  // Moved out first: the call destroys the frame in which the job lives.
  auto resume = std::move(job.resume);
  resume(std::move(job.error));
}

}  // namespace flotilla::sqlite
