#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "adapters/postgres/postgres_options.hpp"
#include "data/sql/fragment.hpp"
#include "runtime/task.hpp"

namespace flotilla::postgres {

class Listener;

/// A statement that notifies: heard when the transaction it belongs to is committed. `channel` has at most 63
/// bytes, `payload` less than 8,000.
data::Fragment notify_statement(std::string channel, std::string payload);

/// LISTEN and NOTIFY on a connection of its own, which is made again for ever. Thread-safe. Not through a
/// pooler in transaction mode: it loses LISTEN.
class PostgresNotifications {
 public:
  using Hear = std::function<void(const std::string& payload)>;

  /// `executor` runs one handler at a time.
  PostgresNotifications(const PostgresOptions& options, boost::asio::any_io_executor executor);
  /// Closes without waiting.
  ~PostgresNotifications();
  PostgresNotifications(const PostgresNotifications&) = delete;
  PostgresNotifications& operator=(const PostgresNotifications&) = delete;

  /// `hear` is called on the executor with each payload that was committed, and once with "" whenever
  /// listening has begun, or begun again after the connection was lost: something may have been missed. It is
  /// short and does not throw. Nothing is heard any more when the destructor of what is returned has ended;
  /// it may outlive this object. Throws SqlError::invalid_value for a channel of no or more than 63 bytes.
  std::shared_ptr<void> subscribe(const std::string& channel, Hear hear);

  /// A notification of its own; inside a transaction, execute notify_statement() in its session instead.
  /// Throws SqlError.
  Task<void> notify(std::string channel, std::string payload);

  /// Resumes when nothing runs any more.
  Task<void> close();

 private:
  std::shared_ptr<Listener> listener_;
};

}  // namespace flotilla::postgres
