#pragma once

#include <memory>
#include <vector>

#include "adapters/sql/flavour.hpp"
#include "adapters/sql/listen.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "cluster/signal/signal_log.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sql {

struct SqlSignalOptions {
  /// How often a waiting read looks for what other processes appended: one indexed statement for all cursors.
  cluster::Millis poll{5};
  /// The same for a second after it has found something: where one signal came, others are likely to follow.
  cluster::Millis poll_busy{2};
  /// PostgreSQL: signals are announced, and readers look only this often besides. Optional.
  Listen listen = {};
  cluster::Millis poll_listening{200};
  /// A signal is kept while it is one of the newest `keep_count` of its channel or younger than `keep_for`.
  std::int64_t keep_count = 10'000;
  cluster::Millis keep_for{10 * 60'000};
};

/// Signals in flotilla_signals, numbered by the rows of flotilla_signal_channels: a transaction that appends
/// holds its channel's row until it ends, so numbers become visible in their order and none is skipped. The
/// epoch is random and made with that row. As durable as the database's commits. Thread-safe; waits on the
/// caller's executor, which must run one handler at a time. Channels have 1 to kChannelMax bytes and no NUL,
/// bodies no NUL, or Error 400.
///
/// Signals that one process appends to a channel at the same time share a transaction.
///
/// Old signals are removed by those who append, about every 256th time. After a step of the clock they may be
/// kept for longer or shorter; a reader that comes too late sees the gap. A database that lost commits or
/// was put back to an earlier state (a backup, a replica that lagged behind) keeps its epochs: nodes are
/// restarted after that.
class SqlSignalLog final : public cluster::SignalLog {
 public:
  static constexpr std::size_t kChannelMax = 512;
  /// Signals of one channel in one read; there may be more before `newest`.
  static constexpr std::int64_t kBatchMax = 1'000;

  /// All of them outlive it.
  explicit SqlSignalLog(data::Database& database, SqlSignalOptions options = {},
                        Random& random = Random::system(), const Clock& clock = Clock::system());
  ~SqlSignalLog() override;

  Task<cluster::SignalPosition> append(std::string channel, std::string body) override;
  Task<cluster::SignalPosition> newest(std::string channel) override;
  Task<std::vector<cluster::SignalBatch>> read(std::vector<Cursor> cursors, cluster::Millis wait) override;

  /// Appends in the caller's transaction (a session of Database::write of the same database): heard after its
  /// commit, forgotten with its rollback. Other appends to the channel wait for the end of the transaction:
  /// let it be the last thing that the transaction does, and append to several channels in the order of their
  /// names, or two transactions may wait for each other. Throws SqlError.
  Task<cluster::SignalPosition> append_in(data::Session& session, std::string channel, std::string body);

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

std::vector<data::Fragment> signal_tables(const Flavour& flavour);

}  // namespace flotilla::sql
