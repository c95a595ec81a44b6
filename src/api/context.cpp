#include "api/context.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/services.hpp"
#include "base/error.hpp"
#include "data/value/zone.hpp"

namespace flotilla::api {
bool reads_state(const Json& filter) {
  if (filter.is_array()) return std::ranges::any_of(filter.get_array(), reads_state);
  if (!filter.is_object()) return false;
  return std::ranges::any_of(filter.get_object(), [](const auto& member) {
    return std::string_view(member.key()).contains("$is") || reads_state(member.value());
  });
}

int Context::request_minutes() const {
  std::string_view zone = request.headers.get("X-Timezone");
  if (zone.empty()) return services.settings.zone_minutes;
  if (auto minutes = data::parse_offset(zone)) return *minutes;
  throw bad_request(fmt::format("X-Timezone takes an offset such as +08:00, got \"{}\"", zone.substr(0, 40)));
}

data::RequestScope Context::scope() const {
  const bool with_state = identity.signed_in() && (permit.reads_state || reads_state(params.filter));
  if (with_state && state_.empty()) state_ = identity.state();
  return {*schema,          {services.settings.zone_minutes}, now_ms, request_minutes(),
          identity.user_id, with_state ? &state_ : nullptr};
}

}  // namespace flotilla::api
