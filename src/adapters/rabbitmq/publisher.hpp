#pragma once

#include <map>
#include <memory>
#include <vector>

#include "adapters/rabbitmq/agent.hpp"
#include "adapters/rabbitmq/codec.hpp"
#include "adapters/rabbitmq/connection.hpp"

namespace flotilla::rabbitmq {

/// Publishes with confirms: many calls may be in flight, each is done when the broker has all of its messages
/// on a majority of its disks. One connection and thread.
class Publisher {
 public:
  explicit Publisher(const RabbitOptions& options);

  /// Throws Unavailable; whether messages were taken is then unknown.
  Task<void> publish(std::vector<Envelope> envelopes);
  /// Ends the thread; publishes that wait fail.
  void stop();

 private:
  struct Batch {
    std::size_t unconfirmed = 0;
    bool refused = false;
    Done done;
  };
  void send_all(const std::vector<Envelope>& envelopes, const Done& done);
  void confirm(std::uint64_t number, bool multiple, bool taken);
  void settle(const std::shared_ptr<Batch>& batch, bool taken);
  void fail_all(std::exception_ptr why);
  void step();

  Connection connection_;
  std::map<std::uint64_t, std::shared_ptr<Batch>> waiting_;
  std::chrono::steady_clock::time_point oldest_{};
  std::chrono::milliseconds patience_;
  Agent agent_;  // last: its thread uses all of the above
};

/// Sends an envelope to its band, or to a step of the delay ladder when it is not due yet. Answers the number
/// of the confirmation.
std::uint64_t send(Connection& connection, const Envelope& envelope);

}  // namespace flotilla::rabbitmq
