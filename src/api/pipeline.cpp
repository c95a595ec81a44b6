#include "api/pipeline.hpp"

#include <fmt/format.h>

#include <chrono>

#include "api/action.hpp"
#include "api/admission/rate_limit.hpp"
#include "api/authenticate.hpp"
#include "api/body.hpp"
#include "api/client_address.hpp"
#include "api/decide.hpp"
#include "api/envelope.hpp"
#include "api/origin.hpp"
#include "api/permission_changes.hpp"
#include "api/query_string.hpp"
#include "api/respond.hpp"
#include "api/variables.hpp"
#include "auth/audit_log.hpp"
#include "auth/authenticator.hpp"
#include "auth/permissions/permission_sync.hpp"
#include "base/error.hpp"
#include "data/model/schema_epoch.hpp"
#include "runtime/random_pause.hpp"

namespace flotilla::api {
namespace {

/// Which application a request is for: header, then query, then path.
std::string application_of(const http::Request& request, const JsonObject& query) {
  std::string name(request.headers.get("X-App"));
  if (const Json* given = json::find(query, "__appName"); given && given->is_string())
    name = given->get_string();
  return name.empty() ? "main" : name;
}

/// Requests about the schema itself see every change that any node has made.
bool is_about_schema(const Route& route) {
  return route.resource == "collections" || route.resource == "fields" ||
         route.resource == "collectionCategories";
}

/// update and destroy of everything by mistake is refused before anything else is looked at.
void check_addressed(const Context& context) {
  const std::string& action = context.route.action;
  if (action != "update" && action != "destroy") return;
  const Params& params = context.params;
  const bool by_key = !params.filter_by_tk.is_null();
  const bool many = params.values.is_array() && action == "update";
  if (by_key || many || params.flag("forceUpdate")) return;
  if (params.filter.is_null())
    throw bad_request(fmt::format("to do {} action, filter or filterByTk is required", action));
  if (!data::is_valid_filter(params.filter))
    throw bad_request(fmt::format("Invalid filter: {}", json::dump(params.filter)));
}

/// How long a request runs after a schema that other nodes keep changing.
constexpr std::chrono::seconds kChaseMax{5};
constexpr int kDeadlockTries = 8;
constexpr std::chrono::milliseconds kDeadlockPause{2};

/// What a request of an ordinary size has at the most.
constexpr double kOrdinaryBodyBytes = 64 * 1024;

/// Finalizer of SplitMix64 (Steele, Lea, Flood 2014): neighbouring ids go to places far apart.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint64_t random_number(Random& random) {
  std::uint8_t bytes[8];
  random.fill(bytes);
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

http::Response overloaded() {
  http::Response response =
      error_response(Error(503, "The server has more to do than it can, please try again", "OVERLOADED"));
  response.headers.set("Retry-After", "1");
  return response;
}

http::Response too_many_requests(const RateLimit& limit) {
  http::Response response = error_response(Error(
      429,
      fmt::format("A user may send {} requests a second (FLOTILLA_RATE_LIMIT_PER_USER)", limit.per_second()),
      "TOO_MANY_REQUESTS"));
  response.headers.set("Retry-After", "1");
  return response;
}

http::Response too_many_changes() {
  http::Response response = error_response(
      Error(503, "The collections are being changed all the time, please try again", "SCHEMA_CHANGING"));
  response.headers.set("Retry-After", "1");
  return response;
}

const Action* find_action(const Context& context, const ActionRegistry& actions) {
  const data::Collection* collection = context.schema->find(context.route.resource);
  bool general = collection != nullptr;
  if (collection && !context.route.association.empty()) {
    const data::Field* field = collection->find(context.route.association);
    general = field && field->is_association() && context.schema->target(*field);
  }
  return actions.find(context.route.full_name(), context.route.action, general);
}

}  // namespace

Pipeline::Pipeline(const Services& services, Gate& gate)
    : services_(services), gate_(gate), salt_(random_number(services.random)) {}

Admission::FlowKey Pipeline::flow_of(const http::Request& request) const {
  const std::string_view token = auth::bearer_token(request.headers.get("Authorization"));
  if (const std::optional<std::int64_t> user = services_.authenticator.signed_for(token))
    return mix(static_cast<std::uint64_t>(*user) ^ salt_);
  const std::string address = client_address(request, services_.settings.trusted_proxies);
  return mix(std::hash<std::string>{}(address) ^ ~salt_);
}

Task<http::Response> Pipeline::run_admitted(http::Request& request) const {
  const double size = 1 + static_cast<double>(request.body.size()) / kOrdinaryBodyBytes;
  const Gate::Pass pass = co_await gate_.enter(flow_of(request), size);
  if (!pass) co_return overloaded();
  co_return co_await run_current(request);
}

Task<http::Response> Pipeline::run(http::Request& request) const {
  CorsAnswer cors = decide_cors(services_.cors, request.method, request.headers);
  http::Response response;
  if (cors.preflight) {
    request.kind = static_cast<std::uint8_t>(ActionKind::preflight);
    response.status = 204;
    response.content_type.clear();
  } else {
    response = co_await run_admitted(request);
  }
  for (auto& [name, value] : cors.headers) response.headers.add(std::move(name), std::move(value));
  co_return response;
}

/// A request that another node's change of the schema overtook is run again, by the new one, and so is one
/// that met another in a deadlock; whatever it wrote was rolled back with its transaction.
Task<http::Response> Pipeline::run_current(http::Request& request) const {
  const auto deadline = std::chrono::steady_clock::now() + kChaseMax;
  std::optional<AsyncMutex::Guard> alone;
  for (int deadlocks = 0;;) {
    const std::shared_ptr<const data::Schema> schema = services_.model.schema();
    Outcome outcome = co_await run_once(request, schema);
    request.kind = static_cast<std::uint8_t>(outcome.kind);
    if (outcome.deadlock && ++deadlocks < kDeadlockTries) {
      // One after another, or those that met would meet again.
      if (!alone) alone.emplace(co_await repeating_.acquire());
      co_await random_pause(kDeadlockPause, kDeadlockPause * (1 << deadlocks));
      continue;
    }
    if (!outcome.may_be_stale) co_return std::move(outcome.response);
    try {
      co_await services_.model.follow();
    } catch (const data::SqlError& error) {
      co_return sql_error_response(error, request);
    }
    const bool newer = services_.model.schema() != schema;  // whoever has loaded it
    if (!newer && outcome.error) co_return std::move(outcome.response);
    if (std::chrono::steady_clock::now() > deadline)
      co_return outcome.error ? std::move(outcome.response) : too_many_changes();
  }
}

Task<Pipeline::Outcome> Pipeline::run_once(const http::Request& request,
                                           std::shared_ptr<const data::Schema> schema) const {
  Context context(request, services_, std::move(schema), services_.clock.now().time_since_epoch().count());
  Outcome out;
  try {
    std::string_view path = request.path;
    path.remove_prefix(std::min(services_.settings.api_base_path.size() - 1, path.size()));
    out.response = co_await run_action(context, path, request.query, request);
    out.may_be_stale = out.response.status == 404;
    out.error = out.response.status == 404;
  } catch (const Error& error) {
    out.response = error_response(error);
    if (error.status() == 403 || error.status() == 429)
      services_.audit.note(origin_of(context), {"refused", context.route.full_name(), {}, {}});
    out.may_be_stale = error.status() == 400 || error.status() == 404;
    out.error = true;
  } catch (const data::SqlError& error) {
    out.response = sql_error_response(error, request);
    out.deadlock = error.kind == data::SqlError::Kind::deadlock;
    out.may_be_stale = error.kind == data::SqlError::Kind::unknown_name;
    out.error = true;
  } catch (const data::StaleSchema&) {
    out.may_be_stale = true;
  }
  out.kind = kind_of_action(context.route.action);
  out.may_be_stale = out.may_be_stale && services_.model.shared();
  for (auto& [name, value] : context.headers) out.response.headers.add(name, value);
  co_return out;
}

Task<http::Response> Pipeline::run_action(Context& context, std::string_view path,
                                          std::string_view query_text, const http::Request& request) const {
  // Route: what is asked for, and does it exist?
  const JsonObject query = parse_query(query_text);
  if (std::string app = application_of(request, query); app != "main")
    co_return gateway_response(app_state_error("preparing", app));
  std::optional<Route> route = parse_route(request.method, path);
  if (!route) co_return not_found_response();
  context.route = std::move(*route);
  if (std::string_view source = request.headers.get("X-Data-Source"); !source.empty() && source != "main")
    throw bad_request(fmt::format("data source {} does not exist", source.substr(0, 64)));
  if (is_about_schema(context.route)) {
    co_await services_.model.follow();
    context.schema = services_.model.schema();
  }
  const Action* action = find_action(context, services_.actions);
  if (!action) co_return not_found_response();
  context.params =
      make_params(context.route, query, parse_body(request.headers.get("Content-Type"), request.body));
  // A filter that is no JSON ends the request here with an empty answer: clients of the API rely on it.
  if (context.params.swallowed) co_return respond(context, "{}");
  check_addressed(context);

  co_await services_.permission_sync.make_current();
  co_await authenticate(context, action->access);
  if (services_.rate_limit.is_on() && context.identity.signed_in() &&
      !co_await services_.rate_limit.count(context.identity.user_id))
    co_return too_many_requests(services_.rate_limit);
  co_await decide(context, *action);
  co_await resolve_variables(context);  // plan

  std::string body = co_await action->run(context);
  co_await settle_permissions(context);
  co_return respond(context, std::move(body));
}

}  // namespace flotilla::api
