#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/rabbitmq/agent.hpp"
#include "adapters/rabbitmq/connection.hpp"
#include "adapters/rabbitmq/holdings.hpp"
#include "adapters/rabbitmq/topology.hpp"
#include "cluster/queue/queue_backend.hpp"

namespace flotilla::rabbitmq {

/// Takes and settles the messages of one channel. One connection and thread.
///
/// While claims follow each other, consumers of the bands stand: the broker sends the next messages while the
/// last ones are worked on, up to as many as were asked for at once, and a claim takes what has arrived.
/// What nobody claims within kStanding is given back, and no band stands longer than that without a claim:
/// what waits for a free slot here is soon where another node can take it.
///
/// A lease is the connection's: when the process or its connection dies, the broker gives what was not
/// settled to others. A lease that lapses on this side (its handler was paused or hangs) is given back by a
/// reject. The broker counts both (x-delivery-count). What was never handed out is given back as a copy,
/// which is not counted.
///
/// Copies, of retries too, are confirmed before the original is acknowledged: a crash in between leaves both,
/// never none.
class Consumer {
 public:
  static constexpr cluster::Millis kStanding{50};

  Consumer(const RabbitOptions& options, std::string channel);

  /// One at a time.
  Task<std::vector<cluster::Delivery>> claim(std::size_t max, cluster::Millis lease, cluster::Millis wait);
  Task<void> settle(std::vector<cluster::Settlement> settlements);
  Task<std::vector<bool>> renew(std::vector<std::string> receipts, cluster::Millis lease);
  /// Gives back what is not settled and ends the thread.
  void stop();

 private:
  using Tag = Holdings::Tag;

  // consumer_taking.cpp
  void take(std::size_t max, cluster::Millis lease, cluster::Millis wait,
            std::vector<cluster::Delivery>& out);
  void make_room(std::size_t max);
  void stand(cluster::Priority band);
  void sit_down(cluster::Priority band);
  void look_for(cluster::Priority band, std::size_t max);
  bool anything_below(cluster::Priority band) const;
  void gather(cluster::Priority band, std::size_t count);
  void await_first(cluster::Monotonic deadline);
  void hand_out(cluster::Priority band, std::size_t max, cluster::Monotonic lease_end,
                std::vector<cluster::Delivery>& out);
  bool ready(Tag tag, const Envelope& envelope);
  void arrived(const Connection::Delivered& delivered);
  void give_back(cluster::Priority band);
  void give_back_unclaimed();

  // consumer_settling.cpp
  void settle_all(const std::vector<cluster::Settlement>& settlements);
  void acknowledge(const std::vector<Tag>& tags);
  void bury(const std::vector<Tag>& tags);
  void copy_and_wait(const std::vector<Envelope>& copies, const std::vector<Envelope>& notes);
  /// Null when the receipt is void.
  Envelope* find(const std::string& receipt, Tag& tag);
  std::string receipt_of(Tag tag) const;
  void give_back_lapsed();

  cluster::Millis next_step() const;
  void reconnect();
  void step();

  std::string channel_;
  Connection connection_;
  Holdings held_;                         ///< of this generation of the connection
  std::set<cluster::Priority> standing_;  ///< bands that are consumed
  std::set<cluster::Priority> dry_;       ///< of those, what had nothing when it was looked at last
  std::size_t prefetch_ = 0;              ///< of each of them
  /// Since when they bring less than half of what is asked for.
  std::optional<cluster::Monotonic> short_since_;
  cluster::Monotonic last_claim_{};  ///< when it ended
  bool taking_ = false;
  std::uint64_t confirmed_ = 0;  ///< highest publish number below which all are confirmed
  std::map<std::uint64_t, bool> confirmations_;
  bool refused_ = false;
  std::chrono::milliseconds patience_;
  Agent agent_;
};

}  // namespace flotilla::rabbitmq
