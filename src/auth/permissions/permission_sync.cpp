#include "auth/permissions/permission_sync.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace flotilla::auth {
namespace {

constexpr const char* kChanges = "permissions";
constexpr const char* kApplied = "permissions.applied";

}  // namespace

void Confirmations::heard(const std::string& node, std::int64_t epoch) {
  std::int64_t& known = applied_[node];
  known = std::max(known, epoch);
}

std::vector<std::string> Confirmations::missing(const std::vector<std::string>& nodes,
                                                std::int64_t epoch) const {
  std::vector<std::string> out;
  for (const std::string& node : nodes) {
    auto known = applied_.find(node);
    if (known == applied_.end() || known->second < epoch) out.push_back(node);
  }
  return out;
}

PermissionSync::PermissionSync(Permissions& permissions, cluster::Signals& signals,
                               cluster::Registry& registry, data::Outbox& outbox,
                               std::chrono::milliseconds patience)
    : permissions_(permissions),
      signals_(signals),
      registry_(registry),
      outbox_(outbox),
      patience_(patience) {}

Task<void> PermissionSync::start() {
  permissions_.share([this](data::Session& session, std::int64_t epoch) -> Task<void> {
    const Json message{{"epoch", epoch}};
    co_await outbox_.signal(session, signals_.whole_channel(kChanges),
                            signals_.envelope(message, {.skip_self = true}));
  });
  cluster::Signals::Subscriber change;
  change.handle = [this](Json) { return apply(); };
  change.reload = [this] { return apply(); };
  changes_ = co_await signals_.subscribe(kChanges, std::move(change));
  cluster::Signals::Subscriber applied;
  applied.handle = [this](Json message) -> Task<void> {
    const JsonObject& told = message.as_object();
    {
      std::lock_guard lock(mutex_);
      confirmations_.heard(std::string(json::text(told, "node")), told.at("epoch").as_int64());
    }
    heard_.notify();
    co_return;
  };
  applied_ = co_await signals_.subscribe(kApplied, std::move(applied));
}

void PermissionSync::stop() {
  changes_.reset();
  applied_.reset();
}

Task<void> PermissionSync::apply() {
  co_await permissions_.follow();
  const Json message{{"node", signals_.self()}, {"epoch", permissions_.epoch()}};
  co_await signals_.publish(kApplied, message, {.skip_self = true});
}

Task<void> PermissionSync::make_current() {
  const bool deaf = changes_ && !signals_.fresh(std::chrono::steady_clock::now());
  if (deaf || permissions_.behind()) co_await permissions_.follow();
}

Task<std::vector<std::string>> PermissionSync::others() {
  std::vector<std::string> out;
  for (const cluster::NodeRecord& node : co_await registry_.alive()) {
    if (node.id != signals_.self()) out.push_back(node.id);
  }
  co_return out;
}

Task<std::vector<std::string>> PermissionSync::settle(std::int64_t epoch) {
  if (!changes_) co_return std::vector<std::string>();
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  std::vector<std::string> nodes;
  try {
    nodes = co_await others();
  } catch (const std::exception& error) {
    log::warn("who else lives is not known: a change of permissions waits out the lease",
              {{"reason", error.what()}});
    nodes = {"unknown"};
  }
  for (;;) {
    const Wakeup::Version seen = heard_.version();
    std::vector<std::string> missing;
    {
      std::lock_guard lock(mutex_);
      missing = confirmations_.missing(nodes, epoch);
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (missing.empty() || left.count() <= 0) co_return missing;
    co_await heard_.wait(seen, left);
  }
}

}  // namespace flotilla::auth
