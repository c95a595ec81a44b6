#pragma once

#include <string>

#include "adapters/mysql/mysql_options.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

/// Options for the server at `url` with a database named `app`, which is made when it is not there. It is
/// left to a server that ends with the tests.
mysql::MysqlOptions mysql_options(test::Loop& loop, const std::string& url, const std::string& app);

}  // namespace flotilla::contract
