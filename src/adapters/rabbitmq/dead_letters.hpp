#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/rabbitmq/codec.hpp"
#include "adapters/rabbitmq/connection.hpp"
#include "cluster/queue/queue_backend.hpp"

namespace flotilla::rabbitmq {

/// The dead letters of one channel, while one looks at them: as an exclusive consumer, so that two who look
/// at a time do not see half of them each. They are all put back when this ends, but for those that were
/// replayed. Blocking. AMQP has no way to browse: looking costs a transfer of all of them, at most
/// kLettersMax.
class DeadLetters {
 public:
  static constexpr std::size_t kLettersMax = 60'000;

  /// Throws Unavailable, also when somebody else looks for longer than the options' rpc_timeout.
  DeadLetters(const RabbitOptions& options, std::string channel);

  /// Oldest first.
  std::vector<cluster::DeadLetter> list() const;
  /// Those with these ids, or all; answers how many.
  std::int64_t replay(const std::set<std::string>& ids);

 private:
  struct Letter {
    Envelope envelope;
    bool is_message = false;  ///< false: only its note was found
    std::vector<std::uint64_t> tags;
  };
  void read(std::size_t waiting);
  void arrived(const Connection::Delivered& delivered);
  void publish(const Envelope& envelope);

  std::string channel_;
  std::chrono::milliseconds patience_;
  std::uint64_t confirmed_ = 0;
  std::size_t arrived_ = 0;
  bool refused_ = false;
  std::map<std::string, Letter> letters_;  ///< by message id
  Connection connection_;
};

}  // namespace flotilla::rabbitmq
