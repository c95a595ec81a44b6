#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/sql/sql_outbox_statements.hpp"
#include "cluster/outbox/relay_batch.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sql {

/// A row of the outbox in a relay's hands.
struct OutboxRow {
  std::int64_t seq = 0;
  std::string payload;
};

/// The rows of one channel of signals.
struct OutboxLane {
  std::string channel;
  std::vector<OutboxRow> rows;
};

struct OutboxLanes {
  std::vector<OutboxLane> lanes;
  bool elsewhere = false;  ///< there are signals in another relay's hands
};

struct OutboxRefusal {
  std::int64_t seq = 0;
  std::string reason;
};

/// The transactions of a relay. Throws cluster::Unavailable.
class OutboxStore {
 public:
  OutboxStore(data::Database& database, const Clock& clock, std::string holder, cluster::Millis lease);

  Task<std::int64_t> pending();
  /// Up to `max` messages, in order; none without a write when there are none.
  Task<std::vector<OutboxRow>> take_messages(std::size_t max);
  /// Up to `max` signals of each channel.
  Task<OutboxLanes> take_signals(std::size_t max);
  /// Removes what was sent, puts aside what was refused and gives back the rest.
  Task<void> end_messages(const std::vector<OutboxRow>& rows, const cluster::RelayBatch& batch,
                          const std::vector<OutboxRefusal>& refusals);
  Task<void> end_signals(const OutboxLane& lane, const cluster::RelayBatch& batch,
                         const std::vector<OutboxRefusal>& refusals);

 private:
  Task<void> lease_only(data::Session& session) const;
  Task<void> remove(data::Session& session, const std::vector<OutboxRow>& rows,
                    const cluster::RelayBatch& batch, const std::vector<OutboxRefusal>& refusals) const;

  data::Database& database_;
  const OutboxStatements say_;
  const std::string holder_;
  const cluster::Millis lease_;
};

}  // namespace flotilla::sql
