#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/mysql/link.hpp"
#include "data/sql/database.hpp"

namespace flotilla::mysql {

/// Every statement is a transaction of its own; the server refuses writes.
class ReadSession final : public data::Session {
 public:
  ReadSession(Link& link, const data::Dialect& dialect) : link_(link), dialect_(dialect) {}

  Task<data::Rows> query(const data::Fragment& sql) override;
  Task<std::int64_t> execute(const data::Fragment& sql) override;
  const data::Dialect& dialect() const override { return dialect_; }
  void after_commit(std::function<void()> action) override { action(); }

 private:
  Link& link_;
  const data::Dialect& dialect_;
};

/// One transaction. It begins with its first statement. A statement that changes tables commits what came
/// before it: the server knows no other way.
class WriteSession final : public data::Session {
 public:
  WriteSession(Link& link, const data::Dialect& dialect) : link_(link), dialect_(dialect) {}

  /// An INSERT without rows answers one cell, the number that an auto-increment column has given.
  Task<data::Rows> query(const data::Fragment& sql) override;
  Task<std::int64_t> execute(const data::Fragment& sql) override;
  const data::Dialect& dialect() const override { return dialect_; }
  void after_commit(std::function<void()> action) override { actions_.push_back(std::move(action)); }

  /// Throws SqlError when the transaction is not committed, or may not be; else runs the actions.
  Task<void> commit();
  /// Does not throw. Afterwards the connection is out of the transaction or broken.
  Task<void> rollback();
  /// A statement of this transaction has changed tables.
  bool changed_schema() const { return changed_schema_; }

 private:
  Task<Answer> run(const data::Fragment& sql);
  Task<void> name_columns(data::SqlError& error, std::string_view index);
  Task<void> release_locks();

  Link& link_;
  const data::Dialect& dialect_;
  bool began_ = false;
  bool locked_ =
      false;  ///< GET_LOCK() was called: such locks outlive a transaction unless they are given back
  bool changed_schema_ = false;
  std::optional<data::SqlError> failed_;  ///< the transaction is given up
  std::vector<std::function<void()>> actions_;
};

}  // namespace flotilla::mysql
