#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "data/sql/database.hpp"
#include "runtime/task.hpp"

namespace flotilla::sql {

/// Tells the other processes, by PostgreSQL's NOTIFY, which channels of the queue got work. Not in the
/// transactions that publish: those that notify are committed one after the other, disk included. So it runs
/// behind them, all channels of the meantime in one transaction that writes nothing. What gets lost is found
/// by looking, a little later. Thread-safe.
class QueueAnnouncer {
 public:
  static constexpr std::string_view kName = "flotilla_queue";

  /// `executor` runs one handler at a time; it and `database` outlive this.
  QueueAnnouncer(boost::asio::any_io_executor executor, data::Database& database);
  /// After stop() was awaited.
  ~QueueAnnouncer();

  /// Short, for SqlQueueOptions::tell.
  void tell(const std::string& channel);
  Task<void> stop();

 private:
  class Sender;
  std::shared_ptr<Sender> sender_;
};

}  // namespace flotilla::sql
