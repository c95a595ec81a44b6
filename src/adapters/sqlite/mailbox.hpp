#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>

#include "adapters/sqlite/job.hpp"

namespace flotilla::sqlite {

/// Finished jobs on their way back to one io_context. Only the first job that lands in an empty mailbox posts
/// a handler; those that land before the loop looks into it come along, so a busy loop is woken once for many
/// answers.
class Mailbox : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  explicit Mailbox(boost::asio::execution_context& context)
      : service(context), io_(static_cast<boost::asio::io_context&>(context)) {}

  static Mailbox& of(boost::asio::io_context& io) { return boost::asio::use_service<Mailbox>(io); }

  /// Any thread.
  void put(Job& job);

 private:
  void put_list(Job* first, Job* last);
  void drain();
  void shutdown() override;
  Job* take_in_order();

  boost::asio::io_context& io_;
  std::atomic<Job*> newest_{nullptr};
};

}  // namespace flotilla::sqlite
