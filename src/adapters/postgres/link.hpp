#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/postgres/call.hpp"
#include "adapters/postgres/parameters.hpp"
#include "adapters/postgres/statement_names.hpp"
#include "runtime/task.hpp"

namespace flotilla::postgres {

/// Counts changes of the schema that this process made: what connections have prepared before is forgotten.
struct SchemaVersion {
  std::uint64_t number = 0;
};

/// One connection in pipeline mode: calls are sent as they come and answered in order. Used on one event loop
/// by any number of coroutines. When it is lost, for whatever reason, all calls under way end with
/// SqlError::unavailable and it is of no use any more.
class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Settings {
    std::size_t statements = 0;  ///< prepared ones that are kept; 0: nothing is prepared
    std::shared_ptr<const SchemaVersion> schema;
  };

  /// `connection` is connected.
  Link(boost::asio::any_io_executor executor, ConnectionHandle connection, Settings settings);
  ~Link();

  /// Once, before anything else. `on_lost` is called later on the executor, at most once; `on_notify` with
  /// channel and payload.
  void start(std::function<void()> on_lost,
             std::function<void(const std::string&, const std::string&)> on_notify = {});

  /// Sends the call and waits for its answer. Throws only SqlError for values that cannot be sent: nothing is
  /// sent then.
  Task<void> run(Call& call);

  bool broken() const { return broken_; }
  /// Looks whether an idle connection has ended meanwhile, which the event loop may not have seen yet.
  bool alive();
  std::size_t under_way() const { return pending_.size(); }
  /// For how long there are calls under way and none was answered; zero when there are none.
  std::chrono::steady_clock::duration silent_for(std::chrono::steady_clock::time_point now) const;

  /// The statement under way may take as long as it needs: silence is no sign of a lost connection.
  void be_patient(bool patient) { patient_ = patient; }
  bool patient() const { return patient_; }

  /// Prepares everything again from the next call on.
  void forget_statements() { forget_ = true; }
  /// Gives the connection up. `why` completes "the connection to PostgreSQL was lost: ...".
  void close(std::string_view why);

 private:
  void send(Call& call);
  bool send_plain(Call& call, const char* text);
  bool send_statement(Call& call);
  bool send_prepared(Call& call);
  void flush();
  void watch_readable();
  void on_readable();
  void collect(std::vector<Call*>& done);
  void take(Call& call, ResultHandle result);
  void take_error(Call& call, const PGresult* result);
  void settle(Call& call);
  void hear();
  static void on_notice(void* self, const PGresult* notice);

  boost::asio::any_io_executor executor_;
  ConnectionHandle connection_;
  Settings settings_;
  boost::asio::posix::stream_descriptor socket_;  ///< a duplicate: libpq closes its own
  std::function<void()> on_lost_;
  std::function<void(const std::string&, const std::string&)> on_notify_;

  std::deque<Call*> pending_;
  std::chrono::steady_clock::time_point answered_at_{};  ///< the last call
  StatementNames names_;
  std::uint64_t schema_seen_ = 0;
  bool forget_ = false;
  std::vector<std::string> dropped_;  ///< statements that the next call drops on the server
  Parameters parameters_;
  std::string last_words_;  ///< of the server before it went
  bool writing_ = false;    ///< waits until the socket takes more
  bool broken_ = false;
  bool patient_ = false;
};

}  // namespace flotilla::postgres
