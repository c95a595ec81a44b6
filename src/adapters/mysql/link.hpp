#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/mysql/handles.hpp"
#include "adapters/mysql/mysql_options.hpp"
#include "adapters/mysql/parameters.hpp"
#include "adapters/mysql/statement_cache.hpp"
#include "data/sql/database.hpp"
#include "runtime/task.hpp"

namespace flotilla::mysql {

/// Counts changes of the schema that this process made: what connections have prepared before is forgotten.
struct SchemaVersion {
  std::uint64_t number = 0;
};

/// What a statement answered.
struct Answer {
  std::optional<data::SqlError> error;
  unsigned code = 0;  ///< the server's number of the error
  bool lost = false;  ///< the connection ended before the answer did
  bool has_rows = false;
  data::Rows rows;
  std::int64_t touched = 0;
  std::uint64_t number = 0;  ///< that an auto-increment column has given; 0: none
};

/// One connection, used by one coroutine at a time on one event loop. When it is lost, for whatever reason,
/// the call under way ends with SqlError::unavailable and it is of no use any more.
class Link {
 public:
  using Clock = std::chrono::steady_clock;

  /// `connection` is connected.
  Link(boost::asio::any_io_executor executor, ConnectionHandle connection, std::size_t statements,
       std::shared_ptr<const SchemaVersion> schema);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Sends a statement and waits for its answer. `reading` words an error as one of a read. Throws only
  /// SqlError for values that cannot be sent: nothing is sent then.
  Task<Answer> run(const data::Fragment& sql, bool reading);

  bool broken() const { return broken_; }
  /// Looks whether an idle connection has ended meanwhile.
  bool alive();
  /// For how long the call under way has not been answered; zero when there is none.
  Clock::duration silent_for(Clock::time_point now) const;
  /// What is under way changes a table, which may take as long as it needs: silence is no sign of a lost
  /// connection.
  bool patient() const { return patient_; }
  /// Gives the connection up; the call under way ends. `why` completes "the connection to MariaDB was lost:
  /// ...".
  void close(std::string_view why);

 private:
  Task<int> ready(int asked);
  Task<void> run_plain(const data::Fragment& sql, Answer& answer, bool reading);
  Task<void> run_prepared(const data::Fragment& sql, Answer& answer, bool reading);
  Task<MYSQL_STMT*> prepared(const data::Fragment& sql, Answer& answer, bool reading);
  Task<void> execute(MYSQL_STMT* statement, const data::Fragment& sql, Answer& answer, bool reading);
  Task<void> give_up(StatementHandle statement);
  Task<void> forget_if_schema_changed();
  Task<void> forget_all();
  void fail(Answer& answer, unsigned code, std::string_view message, const data::Fragment& sql, bool reading);

  ConnectionHandle connection_;
  boost::asio::posix::stream_descriptor socket_;  ///< a duplicate: Connector/C closes its own
  StatementCache cache_;
  StatementHandle once_;  ///< a statement that is not kept
  const std::shared_ptr<const SchemaVersion> schema_;
  std::uint64_t schema_seen_ = 0;
  Parameters parameters_;
  std::optional<Clock::time_point> asked_at_;
  std::string last_words_;  ///< why it was given up
  bool broken_ = false;
  bool patient_ = false;
};

}  // namespace flotilla::mysql
