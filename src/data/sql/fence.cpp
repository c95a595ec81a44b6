#include "data/sql/fence.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace flotilla::data {

Task<void> enforce_fence(Session& session, std::string_view key, cluster::FencingToken token) {
  // The row stays locked until the transaction ends: a newer holder's first write waits for an older one that
  // was here before it, and an older one that comes later finds the newer token.
  Fragment sql("INSERT INTO flotilla_fences (fence_key, token) VALUES (");
  sql.bind(std::string(key));
  sql += ", ";
  sql.bind(std::int64_t{token});
  sql +=
      ") ON CONFLICT (fence_key) DO UPDATE SET token = excluded.token "
      "WHERE flotilla_fences.token <= excluded.token";
  if (co_await session.execute(sql) == 0)
    throw Error(409, fmt::format("the lock of {} was lost: a newer holder has written since", key), "FENCED");
}

}  // namespace flotilla::data
