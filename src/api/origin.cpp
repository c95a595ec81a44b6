#include "api/origin.hpp"

#include "api/client_address.hpp"
#include "api/services.hpp"

namespace flotilla::api {

data::Origin origin_of(const Context& context) {
  data::Origin origin;
  origin.user_id = context.identity.user_id;
  origin.role = context.identity.role;
  origin.action = context.route.full_name() + ":" + context.route.action;
  origin.request_id = context.request.id;
  origin.address = client_address(context.request, context.services.settings.trusted_proxies);
  return origin;
}

}  // namespace flotilla::api
