#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/read_pool.hpp"
#include "data/sql/database.hpp"

namespace flotilla::postgres {

/// Every statement is a transaction of its own, on whichever connection has the least to do.
class ReadSession final : public data::Session {
 public:
  /// `opening`: statements that go first in every transaction.
  ReadSession(ReadPool& pool, const std::vector<std::string>& opening) : pool_(pool), opening_(opening) {}

  Task<data::Rows> query(const data::Fragment& sql) override;
  Task<std::int64_t> execute(const data::Fragment& sql) override;
  const data::Dialect& dialect() const override;
  void after_commit(std::function<void()> action) override { action(); }

 private:
  Task<ResultHandle> run(const data::Fragment& sql);

  ReadPool& pool_;
  const std::vector<std::string>& opening_;
};

/// A connection of its own on which every statement is a transaction of its own, however long it takes.
class LoneSession final : public data::Session {
 public:
  explicit LoneSession(Link& link) : link_(link) {}

  Task<data::Rows> query(const data::Fragment& sql) override;
  Task<std::int64_t> execute(const data::Fragment& sql) override;
  const data::Dialect& dialect() const override;
  void after_commit(std::function<void()> action) override { action(); }
  bool changed_schema() const { return changed_schema_; }

 private:
  Task<ResultHandle> run(const data::Fragment& sql);

  Link& link_;
  bool changed_schema_ = false;
};

/// One transaction on a connection of its own. It begins with its first statement.
class WriteSession final : public data::Session {
 public:
  WriteSession(Link& link, const std::vector<std::string>& opening) : link_(link), opening_(opening) {}

  Task<data::Rows> query(const data::Fragment& sql) override;
  Task<std::int64_t> execute(const data::Fragment& sql) override;
  const data::Dialect& dialect() const override;
  void after_commit(std::function<void()> action) override { actions_.push_back(std::move(action)); }

  /// Throws SqlError when the transaction is not committed, or may not be; else runs the actions.
  Task<void> commit();
  /// Does not throw. Afterwards the connection is out of the transaction or broken.
  Task<void> rollback();
  /// A statement of this transaction has changed tables.
  bool changed_schema() const { return changed_schema_; }

 private:
  Task<ResultHandle> run(const data::Fragment& sql);

  Link& link_;
  const std::vector<std::string>& opening_;
  bool began_ = false;
  bool changed_schema_ = false;
  std::optional<data::SqlError> failed_;  ///< the server has given the transaction up
  std::vector<std::function<void()>> actions_;
};

}  // namespace flotilla::postgres
