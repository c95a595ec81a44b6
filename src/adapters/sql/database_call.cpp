#include "adapters/sql/database_call.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "adapters/sql/flavour.hpp"
#include "base/error.hpp"
#include "cluster/unavailable.hpp"
#include "runtime/random_pause.hpp"

namespace flotilla::sql {
namespace {

[[noreturn]] void rethrow(const data::SqlError& error) {
  using Why = cluster::Unavailable::Why;
  // It would be refused again: text that is no UTF-8, say.
  if (error.kind == data::SqlError::Kind::invalid_value) throw bad_request(error.what());
  const bool lost = error.kind == data::SqlError::Kind::unavailable;
  throw cluster::Unavailable(lost ? Why::network : Why::refused, "the main database", error.what());
}

/// A transaction that was ended for another's sake was rolled back as a whole.
constexpr int kTries = 8;

}  // namespace

Task<void> read(data::Database& database, data::Work work) {
  try {
    co_await database.read(std::move(work));
  } catch (const data::SqlError& error) {
    rethrow(error);
  }
}

Task<void> write(data::Database& database, data::Work work) {
  const int tries = Flavour::of(database.dialect()).deadlocks() ? kTries : 1;
  for (int attempt = 1;; ++attempt) {
    std::optional<data::SqlError> failed;
    try {
      co_await database.write(work);
      co_return;
    } catch (const data::SqlError& error) {
      failed = error;
    }
    if (!failed->may_pass() || attempt == tries) rethrow(*failed);
    co_await random_pause(std::chrono::milliseconds(1), std::chrono::milliseconds(8 << std::min(attempt, 4)));
  }
}

}  // namespace flotilla::sql
