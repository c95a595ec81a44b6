#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ops/chaos/history.hpp"

namespace flotilla::ops::chaos {

/// Where a server listens.
struct Target {
  std::string host;
  std::string port;
  std::string text() const { return "http://" + host + ":" + port; }
};

struct PlannedNode {
  std::string name;
  Target target;  ///< of its own, not the balancer's
};

struct Fault {
  std::string name;
  Allows allows = Allows::meanwhile;
  std::string make;                  ///< command of the shell
  std::string mend;                  ///< likewise; empty: nothing is to be mended
  std::chrono::milliseconds hold{};  ///< between the two
  int weight = 1;                    ///< how often, against the others
};

/// Names of environment variables: a plan holds no secrets.
struct Credentials {
  std::string account = "FLOTILLA_CHAOS_ACCOUNT";
  std::string password = "FLOTILLA_CHAOS_PASSWORD";
};

/// What the operator wants broken. See docs/how-to/chaos.md for the file.
struct Plan {
  std::string name;  ///< of the fleet; must be repeated to start
  Target balancer;
  std::string api = "/api/";
  std::vector<PlannedNode> nodes;
  Credentials credentials;
  std::chrono::seconds duration{120};  ///< at least; the first round of all faults is always finished
  int clients = 16;
  int requests_per_second = 200;                     ///< of all clients together, at most
  std::chrono::milliseconds pause{2'000};            ///< from the end of one fault to the next
  std::chrono::milliseconds ready_within{60'000};    ///< after a fault was mended
  std::chrono::milliseconds not_ready_grace{2'000};  ///< see CheckLimits
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds command_timeout{60'000};
  std::chrono::milliseconds jobs_within{60'000};  ///< after the last fault, for jobs to take effect
  std::vector<Fault> faults;
};

/// Throws Error 400 naming the member of the file that is wrong.
Plan parse_plan(std::string_view text);

/// Empty, or why the fleet looks like one that people work with.
std::string looks_like_production(const Plan& plan);

}  // namespace flotilla::ops::chaos
