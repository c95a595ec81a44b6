#include "data/sql/fence.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {

Task<void> enforce_fence(Session& session, std::string_view key, cluster::FencingToken token) {
  const Dialect& dialect = session.dialect();
  const std::string key_column = dialect.quote("fence_key"), token_column = dialect.quote("token");
  const std::string name(key);
  const std::int64_t number{token};
  // The row stays locked until the transaction ends: a newer holder's first write waits for an older one that
  // was here before it, and an older one that comes later finds the newer token.
  const Fragment raise =
      sql::update(dialect, "flotilla_fences", {{"token", number}},
                  sql::all_of({sql::compare(key_column, sql::Compare::equal, name),
                               sql::compare(token_column, sql::Compare::less_or_equal, number)}));
  if (co_await session.execute(raise) > 0) co_return;
  const Fragment first =
      sql::insert_missing(dialect, "flotilla_fences", {{"fence_key", name}, {"token", number}});
  if (co_await session.execute(first) > 0) co_return;
  // It is there: it has a newer token, or had an older one a moment ago.
  if (co_await session.execute(raise) > 0) co_return;
  throw Error(409, fmt::format("the lock of {} was lost: a newer holder has written since", key), "FENCED");
}

}  // namespace flotilla::data
