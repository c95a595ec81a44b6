#pragma once

#include "api/action_kind.hpp"
#include "api/admission/gate.hpp"
#include "api/services.hpp"
#include "http/message.hpp"
#include "runtime/async_mutex.hpp"

namespace flotilla::api {

struct Context;

/// The way of a request: listen (room http) -> be admitted -> route -> authenticate -> decide -> plan -> act
/// -> respond. Thread-safe; one pipeline serves all event loops.
class Pipeline {
 public:
  /// Both outlive it.
  Pipeline(const Services& services, Gate& gate);

  /// Answers a request below API_BASE_PATH. Errors become answers; only bugs escape.
  Task<http::Response> run(http::Request& request) const;

 private:
  struct Outcome {
    http::Response response;
    ActionKind kind = ActionKind::other;
    bool error = false;         ///< `response` tells of one
    bool deadlock = false;      ///< rolled back for another request's sake
    bool may_be_stale = false;  ///< another node's change of the schema may be what it stumbled over
  };
  Task<http::Response> run_current(http::Request& request) const;
  Task<Outcome> run_once(const http::Request& request, std::shared_ptr<const data::Schema> schema) const;
  Task<http::Response> run_action(Context& context, std::string_view path, std::string_view query,
                                  const http::Request& request) const;

  Task<http::Response> run_admitted(http::Request& request) const;
  Admission::FlowKey flow_of(const http::Request& request) const;

  const Services& services_;
  Gate& gate_;
  mutable AsyncMutex repeating_;
  const std::uint64_t salt_;  ///< so that nobody can choose whose places to share
};

}  // namespace flotilla::api
