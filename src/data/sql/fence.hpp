#pragma once

#include <string_view>

#include "cluster/lock/lock_store.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {

/// Guards what a lock protects: refuses the transaction with Error 409, code FENCED, when a newer token of
/// the same key was seen before, and remembers this one. In a session of Database::write.
/// May end in SqlError::deadlock where several make a row at once (MariaDB): to be run again.
Task<void> enforce_fence(Session& session, std::string_view key, cluster::FencingToken token);

}  // namespace flotilla::data
