#include "api/permission_changes.hpp"

#include "api/services.hpp"
#include "auth/permissions/permission_sync.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"

namespace flotilla::api {

Task<void> count_permission_change(Context& context, data::Session& session) {
  if (!context.changes->touches_any(auth::concerns_permissions)) co_return;
  context.permission_epoch = co_await context.services.permissions.touched(session);
}

Task<void> settle_permissions(Context& context) {
  if (context.permission_epoch == 0) co_return;
  try {
    co_await context.services.permissions.follow();
  } catch (const data::SqlError& error) {
    // The change is committed all the same; the next request on this node reads it before it is decided.
    log::warn("a change of permissions could not be read back",
              {{"requestId", context.request.id}, {"reason", error.what()}});
  }
  const std::vector<std::string> behind =
      co_await context.services.permission_sync.settle(context.permission_epoch);
  if (!behind.empty()) context.headers.emplace_back("X-Nodes-Behind", join(behind, ", "));
}

}  // namespace flotilla::api
