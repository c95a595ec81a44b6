#include "api/permission_changes.hpp"

#include <algorithm>
#include <set>

#include "api/services.hpp"
#include "auth/permissions/permission_sync.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"

namespace flotilla::api {

namespace {

/// A new user's roles are no change: nobody knows the user yet.
bool concerns_permissions(const data::ChangeLog& changes) {
  std::set<std::string> new_users;
  for (const data::RowChange& row : changes.rows()) {
    if (!auth::concerns_permissions(row.collection)) {
      const bool fresh = row.collection == "users" && row.kind == data::RowChange::Kind::created;
      if (fresh) new_users.insert(json::to_text(row.key));
      continue;
    }
    const Json* user = json::find(row.values, "userId");
    const bool link = row.collection == "rolesUsers" && row.kind != data::RowChange::Kind::destroyed;
    if (!link || !user || !new_users.contains(json::to_text(*user))) return true;
  }
  return std::ranges::any_of(changes.beyond(),
                             [](const auto& item) { return auth::concerns_permissions(item.first.first); });
}

}  // namespace

Task<void> count_permission_change(Context& context, data::Session& session) {
  if (!concerns_permissions(*context.changes)) co_return;
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
