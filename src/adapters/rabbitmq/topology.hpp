#pragma once

#include <array>
#include <string>
#include <string_view>

#include "adapters/rabbitmq/connection.hpp"
#include "cluster/queue/message.hpp"

/// Which queues carry a channel. All are durable quorum queues (Raft): what is confirmed outlives the loss of
/// a minority of brokers. Names begin with their kind, so that no channel's name can be taken for another
/// kind.
///   flotilla:high:CHANNEL, flotilla:normal:CHANNEL, flotilla:low:CHANNEL   work, by priority
///   flotilla:dead:CHANNEL                                                  dead letters and their reasons
///   flotilla:delay:MS   queues and exchanges for all channels: a message that is published to the exchange
///   with
///                       the name of a work queue as its routing key waits MS in the queue, then goes there
namespace flotilla::rabbitmq {

inline constexpr std::array kBands = {cluster::Priority::high, cluster::Priority::normal,
                                      cluster::Priority::low};

std::string work_queue(std::string_view channel, cluster::Priority priority);
std::string dead_queue(std::string_view channel);

/// The longest step of the delay ladder that is not longer than `delay`; the shortest one for less. A message
/// that has to wait longer climbs down several steps: what is left is in its header.
cluster::Millis delay_step(cluster::Millis delay);
/// The name of its queue and of its exchange.
std::string delay_name(cluster::Millis step);

// Each makes what is missing.
void declare_work(Connection& connection, std::string_view channel);
void declare_dead(Connection& connection, std::string_view channel);
/// The whole ladder at once: a broker that is killed may lose the leader of a queue that was made in the
/// seconds before, and so no step is made in the middle of the work.
void declare_delays(Connection& connection);

}  // namespace flotilla::rabbitmq
