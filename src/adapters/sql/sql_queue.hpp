#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/flavour.hpp"
#include "adapters/sql/listen.hpp"
#include "base/clock.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sql {

struct SqlQueueOptions {
  /// How often a waiting claim looks for what other processes published, when nothing tells it sooner.
  cluster::Millis poll{20};
  /// PostgreSQL: other processes are heard (QueueAnnouncer), and claims look only this often besides.
  /// Optional.
  Listen listen = {};
  cluster::Millis poll_listening{250};
  /// Called after a commit that gave a channel work, on any thread; it must be short and must not throw. For
  /// those who tell other processes. Optional.
  std::function<void(const std::string& channel)> tell = {};
};

/// A queue in the main database. What a call changed is as durable as the database's commits, leases aside:
/// PostgreSQL may forget those in a crash, and the messages are given out again. Leases count on
/// the database's clock (Flavour::now); an hour's step of it back or forth costs at most a second delivery.
/// Thread-safe; claims wait on the caller's executor, which must run one handler at a time.
///
/// Idle consumers only read. Claims take at most kClaimMax messages and leases last at most kLeaseMax; more
/// is cut down to that. The tables must be there: create_cluster_tables.
class SqlQueue final : public cluster::QueueBackend {
 public:
  static constexpr std::size_t kClaimMax = 256;
  static constexpr cluster::Millis kLeaseMax{5 * 60'000};

  /// `database` and `clock` must outlive it.
  explicit SqlQueue(data::Database& database, SqlQueueOptions options = {},
                    const Clock& clock = Clock::system());
  ~SqlQueue() override;

  Task<std::vector<bool>> publish(std::vector<cluster::QueueMessage> messages) override;
  Task<std::vector<cluster::Delivery>> claim(std::string channel, std::size_t max, cluster::Millis lease,
                                             cluster::Millis wait) override;
  Task<void> settle(std::vector<cluster::Settlement> settlements) override;
  Task<std::vector<bool>> renew(std::string channel, std::vector<std::string> receipts,
                                cluster::Millis lease) override;
  Task<DeadLetterPage> dead_letters(std::string channel, std::size_t offset, std::size_t limit) override;
  Task<Depth> depth(std::string channel) override;
  Task<std::int64_t> replay(std::string channel, std::vector<std::string> ids) override;

  /// Publishes in the caller's transaction (a session of Database::write of the same database): kept when
  /// that is committed, forgotten when it is rolled back. Answers whether the message was taken. Throws
  /// SqlError, Error 400 for a message that cannot be kept.
  Task<bool> publish_in(data::Session& session, cluster::QueueMessage message);

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

std::vector<data::Fragment> queue_tables(const Flavour& flavour);

}  // namespace flotilla::sql
