#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What a run of `flotilla chaos` has seen, append-only, in the order in which things ended.
namespace flotilla::ops::chaos {

/// Since the run began, on one monotonic clock.
using Moment = std::chrono::microseconds;

/// What a fault may do to requests.
enum class Allows {
  nothing,    ///< a planned operation: no request fails
  in_flight,  ///< a node is killed: what had been sent before it was gone may fail, nothing later
  meanwhile,  ///< something that all stand on is away: requests may fail until all nodes are ready again
};
std::string_view name_of(Allows allows);

/// One request of the load.
struct Request {
  enum class Kind { create, update, get, list, destroy, publish };
  enum class Outcome {
    done,
    failed,  ///< no answer, or 5xx: it may have been done or not
    wrong,   ///< an answer that says something else than it must
  };

  Kind kind = Kind::create;
  Outcome outcome = Outcome::done;
  int client = 0;          ///< does one request at a time
  std::string key;         ///< of the record, which one client owns, or of the job
  std::int64_t value = 0;  ///< update: written; get: read
  std::int64_t id = 0;     ///< create: what the server called it
  bool found = true;       ///< get, list: the record was in the answer
  int status = 0;          ///< 0: no answer
  std::string node;        ///< who has answered; empty: nobody, or somebody else than a node
  std::string said;        ///< of an outcome that is not done
  Moment begun{}, ended{};
};
std::string_view name_of(Request::Kind kind);
std::string_view name_of(Request::Outcome outcome);

/// One look at `/readyz` of a node.
struct Look {
  std::size_t node = 0;  ///< in the plan
  std::string id;        ///< of the process that has answered
  int status = 0;        ///< 0: no answer, which says nothing
  Moment asked{}, answered{};
};

/// One fault as it happened. `begun` ≤ `made` ≤ `mended` ≤ `ended`.
struct Strike {
  std::size_t fault = 0;  ///< in the plan
  Moment begun{};
  Moment made{};             ///< the command that makes it has returned
  Moment mended{};           ///< so has the command that mends it
  Moment ended{};            ///< all nodes were ready
  std::string problem = {};  ///< a command failed, or a node did not come back
};

/// A record as it is at the end.
struct Record {
  std::string key;
  std::int64_t id = 0;
  std::int64_t value = 0;
};

/// What became of a job, or of a message that the schedule has fired.
struct Job {
  std::string key;
  std::int64_t attempts = 0;
  std::int64_t effects = 0;
};
struct Firing {
  std::string message;
  std::int64_t due_ms = 0;
  std::int64_t effects = 0;
};

struct History {
  std::vector<Request> requests;
  std::vector<Look> looks;
  std::vector<Strike> strikes;
  // Read when everything was over:
  std::vector<Record> records;
  std::vector<Job> jobs;
  std::vector<Firing> firings;
};

/// One line of JSON each, for the history file.
std::string as_line(const Request& request);
std::string as_line(const Look& look);
std::string as_line(const Strike& strike);

}  // namespace flotilla::ops::chaos
