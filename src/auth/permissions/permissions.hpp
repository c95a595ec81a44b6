#pragma once

#include <atomic>
#include <functional>

#include "auth/permissions/permission_store.hpp"
#include "runtime/async_mutex.hpp"

namespace flotilla::auth {

/// What every role may do, in memory: deciding costs no query and no lock. Thread-safe.
///
/// Every change of it raises the permission epoch in the database, in its own transaction (touched()). Where
/// several nodes share the database they are told, and follow().
class Permissions {
 public:
  Permissions(data::Database& database, const data::Model& model, Random& random,
              const data::IdSource& next_id, const Clock& clock);

  /// Called in the transaction of each change with the new epoch.
  using Announce = std::function<Task<void>(data::Session&, std::int64_t epoch)>;
  /// Other nodes work on the same database. Before open().
  void share(Announce announce) { announce_ = std::move(announce); }
  /// Called after another set of rows is in force. Before open().
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  /// Reads everything, after the model was opened and seeds were written.
  Task<void> open();

  /// The roles, compiled for this schema.
  std::shared_ptr<const PermissionSnapshot> snapshot(const std::shared_ptr<const data::Schema>& schema);
  std::int64_t epoch() const { return rows_.load()->epoch; }
  /// A change that this node has made and committed is not in force here yet.
  bool behind() const { return epoch() < committed_.load(std::memory_order_relaxed); }

  /// Reads what was changed since, by whatever node; answers whether anything was.
  Task<bool> follow();

  /// To be called in the transaction that has written rows of a collection for which decides_permissions().
  /// Answers the epoch of the change; follow() after the commit.
  Task<std::int64_t> touched(data::Session& session);

 private:
  PermissionStore store_;
  const data::Model& model_;
  Announce announce_;
  std::function<void()> changed_;
  std::atomic<std::shared_ptr<const PermissionRows>> rows_;
  std::atomic<std::shared_ptr<const PermissionSnapshot>> compiled_;
  std::atomic<std::int64_t> committed_{0};  ///< the last change of this node
  AsyncMutex reading_;
};

}  // namespace flotilla::auth
