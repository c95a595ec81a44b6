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
///   flotilla:delay:MS:BAND:CHANNEL                                         waits MS, then goes to the band
namespace flotilla::rabbitmq {

inline constexpr std::array kBands = {cluster::Priority::high, cluster::Priority::normal,
                                      cluster::Priority::low};

std::string work_queue(std::string_view channel, cluster::Priority priority);
std::string dead_queue(std::string_view channel);

/// The longest step of the delay ladder that is not longer than `delay`; the shortest one for less. A message
/// that has to wait longer climbs down several steps: what is left is in its header.
cluster::Millis delay_step(cluster::Millis delay);
std::string delay_queue(std::string_view channel, cluster::Priority priority, cluster::Millis step);

// Each makes the queue, and the ones it hands on to, when they are missing.
void declare_work(Connection& connection, std::string_view channel);
void declare_dead(Connection& connection, std::string_view channel);
void declare_delay(Connection& connection, std::string_view channel, cluster::Priority priority,
                   cluster::Millis step);

}  // namespace flotilla::rabbitmq
