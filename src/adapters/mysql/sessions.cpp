#include "adapters/mysql/sessions.hpp"

#include <utility>

#include "adapters/mysql/mysql_error.hpp"

namespace flotilla::mysql {
namespace {

using data::Fragment;
using data::SqlError;

const Fragment kCommitStatement("COMMIT");
const Fragment kRollbackStatement("ROLLBACK");
const Fragment kReleaseStatement("DO RELEASE_ALL_LOCKS()");

}  // namespace

Task<data::Rows> ReadSession::query(const Fragment& sql) {
  Answer answer = co_await link_.run(sql, true);
  if (answer.error) throw *std::move(answer.error);
  co_return std::move(answer.rows);
}

Task<std::int64_t> ReadSession::execute(const Fragment& sql) {
  Answer answer = co_await link_.run(sql, true);
  if (answer.error) throw *std::move(answer.error);
  co_return answer.touched;
}

Task<Answer> WriteSession::run(const Fragment& sql) {
  if (failed_) throw *failed_;
  locked_ = locked_ || sql.text.contains("GET_LOCK(");
  Answer answer = co_await link_.run(sql, false);
  began_ = true;
  if (answer.error) {
    if (answer.error->kind == SqlError::Kind::unique && !answer.lost)
      co_await name_columns(*answer.error, index_of(answer.error->what()));
    failed_ = *answer.error;
    throw *std::move(answer.error);
  }
  if (changes_schema(sql.text)) changed_schema_ = true;
  co_return answer;
}

/// The server names the index only.
Task<void> WriteSession::name_columns(SqlError& error, std::string_view index) {
  // MySQL writes `table.index`.
  if (const std::string prefix = error.table + "."; index.starts_with(prefix))
    index.remove_prefix(prefix.size());
  if (error.table.empty() || index.empty()) co_return;
  Fragment sql(
      "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND "
      "table_name = ");
  sql.bind(error.table);
  sql += " AND index_name = ";
  sql.bind(std::string(index));
  sql += " ORDER BY seq_in_index";
  const Answer columns = co_await link_.run(sql, false);
  for (std::size_t row = 0; row < columns.rows.size(); ++row)
    error.columns.push_back(columns.rows.at(row, 0).as_text());
}

Task<data::Rows> WriteSession::query(const Fragment& sql) {
  Answer answer = co_await run(sql);
  if (!answer.has_rows && answer.number > 0) {
    answer.rows.set_columns({"id"});
    answer.rows.add_integer(static_cast<std::int64_t>(answer.number));
  }
  co_return std::move(answer.rows);
}

Task<std::int64_t> WriteSession::execute(const Fragment& sql) {
  const Answer answer = co_await run(sql);
  co_return answer.touched;
}

Task<void> WriteSession::commit() {
  if (failed_) throw *failed_;
  if (began_) {
    if (link_.broken())
      throw SqlError(SqlError::Kind::unavailable,
                     "the connection to MariaDB was lost before COMMIT: nothing was kept");
    Answer answer = co_await link_.run(kCommitStatement, false);
    began_ = false;
    if (answer.lost)
      throw SqlError(
          SqlError::Kind::unavailable,
          "the connection to MariaDB was lost during COMMIT: whether the changes were kept is unknown");
    if (answer.error) throw *std::move(answer.error);
    co_await release_locks();
  }
  for (const auto& action : std::exchange(actions_, {})) action();
}

Task<void> WriteSession::rollback() {
  actions_.clear();
  if (std::exchange(began_, false) && !link_.broken()) {
    const Answer answer = co_await link_.run(kRollbackStatement, false);
    if (answer.error) link_.close("it did not roll back");
  }
  co_await release_locks();
}

Task<void> WriteSession::release_locks() {
  if (!std::exchange(locked_, false) || link_.broken()) co_return;
  const Answer answer = co_await link_.run(kReleaseStatement, false);
  if (answer.error) link_.close("it did not give its locks back");
}

}  // namespace flotilla::mysql
