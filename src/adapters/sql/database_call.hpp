#pragma once

#include <exception>

#include "data/sql/database.hpp"

namespace flotilla::sql {

/// Database::read and Database::write as the interfaces of cluster/ want them: SqlError becomes
/// cluster::Unavailable, whose service is "the main database", or Error 400 for a value that the database
/// will never take. Other exceptions pass.
///
/// Where the database ends transactions to break deadlocks (MariaDB, MySQL), write() runs `work` again, some
/// times: it must set what it fills anew each time.
Task<void> read(data::Database& database, data::Work work);
Task<void> write(data::Database& database, data::Work work);

}  // namespace flotilla::sql
