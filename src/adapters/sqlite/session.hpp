#pragma once

#include <functional>
#include <vector>

#include "adapters/sqlite/connection.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sqlite {

/// A connection as works see it. Every call is done when it returns: nothing is suspended.
class SqliteSession final : public data::Session {
 public:
  enum class Kind { reading, in_transaction };

  SqliteSession(Connection& connection, Kind kind) : connection_(connection), kind_(kind) {}

  Task<data::Rows> query(const data::Fragment& sql) override;
  Task<std::int64_t> execute(const data::Fragment& sql) override;
  const data::Dialect& dialect() const override;
  std::optional<std::int64_t> remembered_count(const data::Fragment& sql) override;
  void remember_count(const data::Fragment& sql, std::int64_t count) override;
  void after_commit(std::function<void()> action) override;

  // For the writer, whose transactions hold the works of many callers.
  std::size_t actions() const { return actions_.size(); }
  void keep_actions(std::size_t count) { actions_.resize(count); }
  void run_actions();

 private:
  void check_transaction() const;

  Connection& connection_;
  Kind kind_;
  std::vector<std::function<void()>> actions_;  ///< of the open transaction
};

}  // namespace flotilla::sqlite
