#include "api/context.hpp"

#include <fmt/format.h>

#include "api/services.hpp"
#include "base/error.hpp"
#include "data/value/zone.hpp"

namespace flotilla::api {

int Context::request_minutes() const {
  std::string_view zone = request.headers.get("X-Timezone");
  if (zone.empty()) return services.settings.zone_minutes;
  if (auto minutes = data::parse_offset(zone)) return *minutes;
  throw bad_request(fmt::format("X-Timezone takes an offset such as +08:00, got \"{}\"", zone.substr(0, 40)));
}

data::RequestScope Context::scope() const {
  data::RequestScope scope{*schema, {services.settings.zone_minutes}, now_ms, request_minutes(), identity.user_id, &identity.state};
  return scope;
}

}  // namespace flotilla::api
