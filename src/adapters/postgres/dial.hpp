#pragma once

#include <memory>

#include "adapters/postgres/link.hpp"
#include "adapters/postgres/postgres_options.hpp"
#include "runtime/task.hpp"

namespace flotilla::postgres {

/// Connects and lets the server in its own words say why not: throws SqlError::unavailable, also after
/// connect_timeout_ms. The link is not started yet. Host names are looked up without blocking the loop.
Task<std::shared_ptr<Link>> dial(const PostgresOptions& options, Role role,
                                 std::shared_ptr<const SchemaVersion> schema);

}  // namespace flotilla::postgres
