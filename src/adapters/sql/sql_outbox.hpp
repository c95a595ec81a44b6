#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/flavour.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "cluster/outbox/relay_pace.hpp"
#include "data/outbox.hpp"

namespace flotilla::sql {

/// Where messages and signals go. The two functions ending in `_in` are given when the queue or the log of
/// signals is in the same database: then nothing has to be carried. The others always are: they carry what an
/// earlier configuration left, too. They throw cluster::Unavailable, or Error 4xx for what will never be
/// taken; the second one may find a message that it has already.
struct OutboxRoutes {
  std::function<Task<void>(std::vector<cluster::QueueMessage>)> publish;
  std::function<Task<void>(std::string channel, std::string envelope)> append;
  std::function<Task<void>(data::Session&, cluster::QueueMessage)> publish_in = {};
  std::function<Task<void>(data::Session&, std::string channel, std::string envelope)> append_in = {};
};

struct OutboxTiming {
  /// A relay that vanished is replaced after it; what it had taken may be sent a second time, messages with
  /// the same id. Longer than a call of a route takes.
  cluster::Millis lease{10'000};
  cluster::RelayPace::Timing pace = {};
};

/// The outbox in flotilla_outbox, and the relay that empties it. Signals of one channel leave in the order of
/// their rows, whichever nodes wrote them; messages roughly so. A row that its receiver refuses for good is
/// logged, counted and kept in flotilla_outbox_refused; it blocks nobody. Thread-safe.
class SqlOutbox final : public data::Outbox {
 public:
  struct Counts {
    std::uint64_t sent = 0;     ///< rows
    std::uint64_t refused = 0;  ///< rows
    std::uint64_t failed = 0;   ///< rounds
  };

  /// `executor` runs one handler at a time; it, `database`, `random` and `clock` outlive this.
  SqlOutbox(boost::asio::any_io_executor executor, data::Database& database, OutboxRoutes routes,
            OutboxTiming timing = {}, Random& random = Random::system(),
            const Clock& clock = Clock::system());
  /// After stop() was awaited, when it was started.
  ~SqlOutbox() override;

  Task<void> publish(data::Session& session, cluster::QueueMessage message) override;
  Task<void> signal(data::Session& session, std::string channel, std::string envelope) override;

  /// Starts the relay. What is written before, or by others, is sent too.
  void start();
  /// Waits for the call of a route that runs; the rest stays for the next start or another node.
  Task<void> stop();
  Counts counts() const;
  /// Rows of all nodes that wait to be sent, counted up to 100,000. Throws cluster::Unavailable.
  Task<std::int64_t> pending();

 private:
  class Relay;
  std::shared_ptr<Relay> relay_;
};

std::vector<data::Fragment> outbox_tables(const Flavour& flavour);

}  // namespace flotilla::sql
