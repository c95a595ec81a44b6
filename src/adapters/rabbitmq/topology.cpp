#include "adapters/rabbitmq/topology.hpp"

#include <fmt/format.h>

namespace flotilla::rabbitmq {

namespace {

using cluster::Millis;
using cluster::Priority;

std::string_view prefix(Priority priority) {
  switch (priority) {
    case Priority::high:
      return "flotilla:high:";
    case Priority::low:
      return "flotilla:low:";
    case Priority::normal:
      break;
  }
  return "flotilla:normal:";
}

// At least once also between queues: the broker forgets a message here only when the next queue has it.
const std::map<std::string, std::string> kHandOn = {
    {"x-queue-type", "quorum"},
    {"x-dead-letter-exchange", ""},
    {"x-dead-letter-strategy", "at-least-once"},
    {"x-overflow", "reject-publish"},
};

constexpr std::array kLadder = {
    Millis{10},        Millis{50},         Millis{200},        Millis{500},
    Millis{1'000},     Millis{2'000},      Millis{5'000},      Millis{10'000},
    Millis{20'000},    Millis{60'000},     Millis{300'000},    Millis{1'200'000},
    Millis{3'600'000}, Millis{18'000'000}, Millis{86'400'000}, Millis{432'000'000},
};

}  // namespace

std::string work_queue(std::string_view channel, Priority priority) {
  return std::string(prefix(priority)).append(channel);  // for each message: fmt would cost more
}

std::string dead_queue(std::string_view channel) { return fmt::format("flotilla:dead:{}", channel); }

Millis delay_step(Millis delay) {
  Millis step = kLadder.front();
  for (Millis candidate : kLadder)
    if (candidate <= delay) step = candidate;
  return step;
}

std::string delay_name(Millis step) { return fmt::format("flotilla:delay:{}", step.count()); }

void declare_dead(Connection& connection, std::string_view channel) {
  // Each look at the dead letters counts as a delivery.
  constexpr std::int64_t kNeverDrop = 1'000'000'000;
  connection.declare(dead_queue(channel), {{"x-queue-type", "quorum"}}, {{"x-delivery-limit", kNeverDrop}});
}

void declare_work(Connection& connection, std::string_view channel) {
  if (connection.has_declared(work_queue(channel, kBands.back()))) return;  // asked for each message
  declare_dead(connection, channel);
  auto arguments = kHandOn;
  arguments["x-dead-letter-routing-key"] = dead_queue(channel);
  for (Priority priority : kBands)
    connection.declare(work_queue(channel, priority), arguments,
                       {{"x-delivery-limit", cluster::kAbandonedMax}});
}

void declare_delays(Connection& connection) {
  for (Millis step : kLadder) {
    // Without a routing key of its own: the one that a message was published with stays, its work queue.
    connection.declare(delay_name(step), kHandOn, {{"x-message-ttl", step.count()}});
    connection.declare_fanout(delay_name(step), delay_name(step));
  }
}

}  // namespace flotilla::rabbitmq
