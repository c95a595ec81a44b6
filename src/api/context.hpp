#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/parameters.hpp"
#include "api/permit.hpp"
#include "api/route.hpp"
#include "auth/identity.hpp"
#include "data/model/model.hpp"
#include "data/read/source.hpp"
#include "data/write/change_log.hpp"
#include "data/write/write_scope.hpp"
#include "http/message.hpp"

namespace flotilla::api {

struct Services;

/// One request on its way through the pipeline. Each step fills in its part; used by one coroutine at a time.
struct Context {
  Context(const http::Request& request, const Services& services, std::shared_ptr<const data::Schema> schema,
          std::int64_t now_ms)
      : request(request), services(services), schema(std::move(schema)), now_ms(now_ms) {}

  const http::Request& request;
  const Services& services;

  Route route;    ///< by route
  Params params;  ///< by plan
  std::shared_ptr<const data::Schema>
      schema;               ///< the schema this request is served by, from its start to its end
  auth::Identity identity;  ///< by authenticate
  Permit permit;            ///< by decide
  std::int64_t now_ms = 0;
  /// Rows written by the transaction under way: see commit().
  const std::shared_ptr<data::ChangeLog> changes = std::make_shared<data::ChangeLog>();

  /// To be run in the transaction of the action, after it has written.
  std::function<Task<void>(data::Session&, const data::WriteScope&)> then;
  std::int64_t permission_epoch = 0;  ///< of the change of permissions that the action has made; 0: none

  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  ///< of the answer
  std::string content_type = "application/json; charset=utf-8";

  /// Scope for the data layer; must not outlive the context.
  data::RequestScope scope() const;
  /// X-Timezone in minutes, else the server's zone. Throws Error 400 for what is no offset.
  int request_minutes() const;

 private:
  mutable JsonObject state_;  ///< made when the filter asks for it
};

/// True when a condition compares with the state of the request: `$isVar`, `$isCurrentUser` …
bool reads_state(const Json& filter);

}  // namespace flotilla::api
