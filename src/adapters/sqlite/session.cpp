#include "adapters/sqlite/session.hpp"

#include <utility>

#include "adapters/sqlite/sqlite_dialect.hpp"

namespace flotilla::sqlite {

Task<data::Rows> SqliteSession::query(const data::Fragment& sql) {
  check_transaction();
  co_return connection_.query(sql);
}

Task<std::int64_t> SqliteSession::execute(const data::Fragment& sql) {
  check_transaction();
  co_return connection_.execute(sql);
}

const data::Dialect& SqliteSession::dialect() const { return sqlite_dialect(); }

std::optional<std::int64_t> SqliteSession::remembered_count(const data::Fragment& sql) {
  // A transaction sees its own changes, which the version does not tell.
  if (kind_ != Kind::reading) return std::nullopt;
  return connection_.counts().find(sql, connection_.data_version());
}

void SqliteSession::remember_count(const data::Fragment& sql, std::int64_t count) {
  if (kind_ == Kind::reading) connection_.counts().put(sql, count);
}

void SqliteSession::after_commit(std::function<void()> action) {
  if (kind_ == Kind::reading) return action();
  actions_.push_back(std::move(action));
}

void SqliteSession::run_actions() {
  for (const auto& action : std::exchange(actions_, {})) action();
}

void SqliteSession::check_transaction() const {
  // SQLite rolls back by itself on errors such as a full disk. A work that goes on after it would otherwise
  // commit the rest of its statements one by one.
  if (kind_ == Kind::in_transaction && !connection_.in_transaction())
    throw data::SqlError(data::SqlError::Kind::unavailable, "the database rolled the transaction back");
}

}  // namespace flotilla::sqlite
