#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sql/sql_queue_statements.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sql {

/// What a look at a channel found, without changing anything.
struct QueueOutlook {
  bool ready = false;                     ///< a message can be taken
  bool delayed = false;                   ///< a message's time has come
  bool lapsed = false;                    ///< a lease has
  std::optional<cluster::Millis> next{};  ///< until the first of the two will

  bool work() const { return ready || delayed || lapsed; }
  /// How long nothing changes by itself; at least a millisecond, so that nobody spins.
  cluster::Millis nap() const;
};

/// The calls of SqlQueue inside one session each. Throws SqlError, Error 400 for messages. Thread-safe.
class QueueWork {
 public:
  QueueWork(const Flavour& flavour, const Clock& clock) : say_(flavour, clock) {}

  Task<std::vector<bool>> publish(data::Session& session,
                                  const std::vector<cluster::QueueMessage>& messages) const;
  Task<QueueOutlook> look(data::Session& session, const std::string& channel) const;
  Task<std::vector<cluster::Delivery>> take(data::Session& session, const std::string& channel,
                                            const QueueOutlook& outlook, std::size_t max,
                                            cluster::Millis lease) const;
  Task<void> settle(data::Session& session, const std::vector<cluster::Settlement>& settlements) const;
  Task<std::vector<bool>> renew(data::Session& session, const std::vector<std::string>& receipts,
                                cluster::Millis lease) const;
  Task<cluster::QueueBackend::DeadLetterPage> dead_letters(data::Session& session, const std::string& channel,
                                                           std::size_t offset, std::size_t limit) const;
  Task<cluster::QueueBackend::Depth> depth(data::Session& session, const std::string& channel) const;
  Task<std::int64_t> replay(data::Session& session, const std::string& channel,
                            const std::vector<std::string>& ids) const;

 private:
  Task<std::vector<bool>> take_keys(data::Session& session,
                                    const std::vector<cluster::QueueMessage>& messages) const;
  Task<void> drop_old_keys(data::Session& session) const;
  Task<std::vector<std::string>> insert(data::Session& session, QueueStatements::Messages messages) const;
  Task<void> lease_only(data::Session& session) const;

  const QueueStatements say_;
  mutable std::atomic<cluster::Monotonic::rep> keys_dropped_at_{0};
};

}  // namespace flotilla::sql
