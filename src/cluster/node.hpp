#pragma once

#include <string>

namespace flotilla::cluster {

/// Names one process for its lifetime: random, never reused. Two nodes of one machine differ in it.
using NodeId = std::string;

/// The name that separates the applications which share a Redis, a RabbitMQ or a database: `main`.
using AppName = std::string;

}  // namespace flotilla::cluster
