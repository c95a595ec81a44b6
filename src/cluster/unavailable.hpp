#pragma once

#include <string>

#include "base/error.hpp"

namespace flotilla::cluster {

/// A shared service (Redis, RabbitMQ, the database behind a queue) cannot be used now. Status 503. Calls fail
/// fast with it while a connection is down; they never hang past their deadline.
class Unavailable : public Error {
 public:
  enum class Why {
    network,  ///< cannot be reached, or the connection broke; whether the call took effect is unknown
    timeout,  ///< no answer within the deadline; whether the call took effect is unknown
    auth,     ///< reached, but it refuses our user or password: trying again does not help
    refused,  ///< reached, but it refuses the command (read-only replica, out of memory, loading)
  };

  /// `service` is what an operator knows it by: "Redis (QUEUE_ADAPTER_REDIS_URL)". No secrets.
  Unavailable(Why why, std::string_view service, std::string_view reason)
      : Error(503, std::string(service) + ": " + std::string(reason), "SERVICE_UNAVAILABLE"), why(why) {}

  Why why;
};

}  // namespace flotilla::cluster
