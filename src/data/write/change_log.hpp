#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "data/schema/collection.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {

/// What happened to one row.
struct RowChange {
  enum class Kind { created, updated, destroyed };
  Kind kind = Kind::updated;
  std::string collection;
  /// The row's key; null for rows that a condition chose, which `values` then tells.
  Json key;
  JsonObject values;  ///< what was stored, by field; secrets are masked
};

/// Who makes a change, and from where.
struct Origin {
  std::int64_t user_id = 0;  ///< 0: nobody who is signed in
  std::string role;
  std::string action;  ///< `posts:create`
  std::string request_id;
  std::string address;
};

/// The rows that one transaction has changed, in order, for those who have to tell others of it: nodes that
/// keep users in memory, the audit. Used by one coroutine at a time.
class ChangeLog {
 public:
  /// Of one transaction. Beyond it only collections and numbers of rows are known.
  static constexpr std::size_t kRowsMax = 20'000;

  /// Values of passwords and of hidden fields are not kept.
  void add(RowChange::Kind kind, const Collection& collection, Json key, JsonObject values);
  void clear();

  const std::vector<RowChange>& rows() const { return rows_; }
  /// Rows beyond kRowsMax, by collection and kind.
  const std::map<std::pair<std::string, RowChange::Kind>, std::uint64_t>& beyond() const { return beyond_; }
  bool empty() const { return rows_.empty(); }
  bool touches(std::string_view collection) const;
  /// Whether rows of a collection were changed of whose name `concerns` says yes.
  bool touches_any(const std::function<bool(std::string_view)>& concerns) const;

  Origin origin;

 private:
  std::vector<RowChange> rows_;
  std::map<std::pair<std::string, RowChange::Kind>, std::uint64_t> beyond_;
};

/// Somebody who keeps in memory, on every node, what rows of certain collections say. Thread-safe.
class ChangeWatcher {
 public:
  virtual ~ChangeWatcher() = default;
  /// In the transaction of the changes, after the last of them: what is written here (a signal in the outbox)
  /// is committed with them. What this node keeps is changed by Session::after_commit.
  virtual Task<void> before_commit(Session& session, const ChangeLog& changes) = 0;
};

}  // namespace flotilla::data
