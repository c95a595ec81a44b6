#include "adapters/sql/database_call.hpp"

#include "base/error.hpp"
#include "cluster/unavailable.hpp"

namespace flotilla::sql {
namespace {

[[noreturn]] void rethrow(const data::SqlError& error) {
  using Why = cluster::Unavailable::Why;
  // It would be refused again: text that is no UTF-8, say.
  if (error.kind == data::SqlError::Kind::invalid_value) throw bad_request(error.what());
  const bool lost = error.kind == data::SqlError::Kind::unavailable;
  throw cluster::Unavailable(lost ? Why::network : Why::refused, "the main database", error.what());
}

}  // namespace

Task<void> read(data::Database& database, data::Work work) {
  try {
    co_await database.read(std::move(work));
  } catch (const data::SqlError& error) {
    rethrow(error);
  }
}

Task<void> write(data::Database& database, data::Work work) {
  try {
    co_await database.write(std::move(work));
  } catch (const data::SqlError& error) {
    rethrow(error);
  }
}

}  // namespace flotilla::sql
