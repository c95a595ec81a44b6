#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "adapters/rabbitmq/agent.hpp"
#include "adapters/rabbitmq/codec.hpp"
#include "adapters/rabbitmq/connection.hpp"
#include "cluster/queue/queue_backend.hpp"

namespace flotilla::rabbitmq {

/// Takes and settles the messages of one channel. One connection and thread.
///
/// A lease is the connection's: when the process or its connection dies, the broker gives what was not
/// settled to others. A lease that lapses on this side (its handler was paused or hangs) is given back by a
/// reject. The broker counts both (x-delivery-count). It consumes only while somebody claims, and no more
/// than was asked for: what waits for a free slot here stays where another node can take it.
///
/// A retry is a copy with a higher count in a delay queue, confirmed before the original is acknowledged: a
/// crash in between leaves both, never none.
class Consumer {
 public:
  Consumer(const RabbitOptions& options, std::string channel);

  /// One at a time.
  Task<std::vector<cluster::Delivery>> claim(std::size_t max, cluster::Millis lease, cluster::Millis wait);
  Task<void> settle(std::vector<cluster::Settlement> settlements);
  Task<std::vector<bool>> renew(std::vector<std::string> receipts, cluster::Millis lease);
  /// Gives back what is not settled and ends the thread.
  void stop();

 private:
  struct Held {
    Envelope envelope;
    cluster::Monotonic lease_end{};
    bool claimed = false;
  };

  void take(std::size_t max, cluster::Millis lease, cluster::Millis wait,
            std::vector<cluster::Delivery>& out);
  bool collect(const std::string& queue, std::size_t max);
  void await_first(cluster::Monotonic deadline);
  void hand_out(std::size_t max, cluster::Millis lease, std::vector<cluster::Delivery>& out);
  bool ready(std::uint64_t tag, Held& held);
  void arrived(const Connection::Delivered& delivered);
  void settle_all(const std::vector<cluster::Settlement>& settlements);
  void acknowledge(std::vector<std::uint64_t> tags);
  void copy_and_wait(const std::vector<Envelope>& copies, const std::vector<Envelope>& notes);
  void move_on(std::uint64_t tag, Held& held);
  Held* find(const std::string& receipt, std::uint64_t& tag);
  std::string receipt_of(std::uint64_t tag) const;
  void give_back_lapsed();
  cluster::Millis next_lapse() const;
  void reconnect();
  void step();

  std::string channel_;
  Connection connection_;
  std::map<std::uint64_t, Held> held_;  ///< by delivery tag of this generation
  std::uint64_t confirmed_ = 0;         ///< highest publish number below which all are confirmed
  std::map<std::uint64_t, bool> confirmations_;
  bool refused_ = false;
  bool taking_ = false;
  std::chrono::milliseconds patience_;
  Agent agent_;
};

}  // namespace flotilla::rabbitmq
