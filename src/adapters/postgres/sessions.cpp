#include "adapters/postgres/sessions.hpp"

#include <charconv>
#include <utility>

#include "adapters/postgres/cells.hpp"
#include "adapters/postgres/postgres_dialect.hpp"

namespace flotilla::postgres {
namespace {

using data::SqlError;

const std::vector<std::string> kNothing;
const data::Fragment kCommitStatement("COMMIT");
const data::Fragment kRollbackStatement("ROLLBACK");

/// "INSERT 0 3", "UPDATE 3", "CREATE TABLE".
std::string_view tag_of(PGresult* result) { return PQcmdStatus(result); }

std::int64_t touched(PGresult* result) {
  if (tag_of(result).starts_with("SELECT")) return 0;
  const std::string_view text = PQcmdTuples(result);
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

bool changes_schema(std::string_view tag) {
  return tag.starts_with("CREATE") || tag.starts_with("ALTER") || tag.starts_with("DROP");
}

}  // namespace

Task<ResultHandle> ReadSession::run(const data::Fragment& sql) {
  for (bool again = false;; again = true) {
    std::shared_ptr<Link> link = pool_.try_acquire();
    if (!link) link = co_await pool_.acquire();
    Call call;
    call.before = opening_;
    call.statement = &sql;
    call.reading = true;
    co_await link->run(call);
    pool_.ended();
    if (call.stale && !again) continue;
    if (call.error) throw *std::move(call.error);
    co_return std::move(call.result);
  }
}

Task<data::Rows> ReadSession::query(const data::Fragment& sql) {
  const ResultHandle result = co_await run(sql);
  co_return rows_of(result.get());
}

Task<std::int64_t> ReadSession::execute(const data::Fragment& sql) {
  const ResultHandle result = co_await run(sql);
  co_return touched(result.get());
}

const data::Dialect& ReadSession::dialect() const { return postgres_dialect(); }

Task<ResultHandle> LoneSession::run(const data::Fragment& sql) {
  Call call;
  call.statement = &sql;
  call.prepare = false;  // some statements must be alone between two Syncs
  link_.be_patient(true);
  co_await link_.run(call);
  link_.be_patient(false);
  if (call.error) throw *std::move(call.error);
  changed_schema_ = changed_schema_ || changes_schema(tag_of(call.result.get()));
  co_return std::move(call.result);
}

Task<data::Rows> LoneSession::query(const data::Fragment& sql) {
  const ResultHandle result = co_await run(sql);
  co_return rows_of(result.get());
}

Task<std::int64_t> LoneSession::execute(const data::Fragment& sql) {
  const ResultHandle result = co_await run(sql);
  co_return touched(result.get());
}

const data::Dialect& LoneSession::dialect() const { return postgres_dialect(); }

Task<ResultHandle> WriteSession::run(const data::Fragment& sql) {
  for (;;) {
    if (failed_) throw *failed_;
    const bool first = !began_;
    Call call;
    call.before = first ? opening_ : kNothing;
    call.statement = &sql;
    co_await link_.run(call);
    began_ = true;
    if (call.stale && first) {
      // Nothing else was done in this transaction: it may begin again.
      co_await rollback();
      if (!link_.broken()) continue;
    }
    if (call.error) {
      failed_ = *call.error;
      throw *std::move(call.error);
    }
    if (changes_schema(tag_of(call.result.get()))) {
      changed_schema_ = true;
      link_.forget_statements();
    }
    co_return std::move(call.result);
  }
}

Task<data::Rows> WriteSession::query(const data::Fragment& sql) {
  const ResultHandle result = co_await run(sql);
  co_return rows_of(result.get());
}

Task<std::int64_t> WriteSession::execute(const data::Fragment& sql) {
  const ResultHandle result = co_await run(sql);
  co_return touched(result.get());
}

const data::Dialect& WriteSession::dialect() const { return postgres_dialect(); }

Task<void> WriteSession::commit() {
  if (failed_) throw *failed_;
  if (began_) {
    if (link_.broken())
      throw SqlError(SqlError::Kind::unavailable,
                     "the connection to PostgreSQL was lost before COMMIT: nothing was kept");
    Call call;
    call.statement = &kCommitStatement;
    call.prepare = false;
    co_await link_.run(call);
    began_ = false;
    const std::string_view tag = call.result ? tag_of(call.result.get()) : std::string_view{};
    // The answer may have come although the connection did not live to tell that it is ready again.
    if (tag != "COMMIT") {
      if (call.lost)
        throw SqlError(
            SqlError::Kind::unavailable,
            "the connection to PostgreSQL was lost during COMMIT: whether the changes were kept is unknown");
      if (call.error) throw *std::move(call.error);
      throw SqlError(SqlError::Kind::other, "PostgreSQL rolled the transaction back");
    }
  }
  for (const auto& action : std::exchange(actions_, {})) action();
}

Task<void> WriteSession::rollback() {
  actions_.clear();
  if (!std::exchange(began_, false) || link_.broken()) co_return;
  Call call;
  call.statement = &kRollbackStatement;
  call.prepare = false;
  co_await link_.run(call);
  if (call.error) link_.close("it did not roll back");
}

}  // namespace flotilla::postgres
