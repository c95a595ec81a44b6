#pragma once

#include <memory>

#include "adapters/mysql/link.hpp"
#include "adapters/mysql/mysql_options.hpp"

namespace flotilla::mysql {

/// Connects, and says what every connection says first. Throws SqlError: busy when the server has no
/// connection left, else unavailable; its words name the server.
Task<std::shared_ptr<Link>> dial(const MysqlOptions& options, Role role,
                                 std::shared_ptr<const SchemaVersion> schema);

}  // namespace flotilla::mysql
