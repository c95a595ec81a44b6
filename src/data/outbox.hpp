#pragma once

#include <string>

#include "cluster/queue/message.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {

/// Messages and signals that belong to a change of the database: written in its transaction, sent after its
/// commit and only then (transactional outbox). Rolled back means never sent; committed means sent, also when
/// the node is killed in between: another node, or the next start, sends what is left. Thread-safe.
class Outbox {
 public:
  virtual ~Outbox() = default;
  /// `message` as Queue::prepare makes it. In a session of Database::write.
  virtual Task<void> publish(Session& session, cluster::QueueMessage message) = 0;
  /// `channel` and `envelope` as Signals::whole_channel and Signals::envelope make them.
  virtual Task<void> signal(Session& session, std::string channel, std::string envelope) = 0;
};

}  // namespace flotilla::data
