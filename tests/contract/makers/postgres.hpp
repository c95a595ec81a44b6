#pragma once

#include <memory>
#include <string>

#include "adapters/postgres/postgres_options.hpp"
#include "data/sql/database.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

/// Options for the server at `url` with a schema named `app`, which is made when it is not there. It is left
/// to a server that ends with the tests.
postgres::PostgresOptions postgres_options(test::Loop& loop, const std::string& url, const std::string& app);

/// Runs one statement, waiting for the server to be there. Answers its rows.
data::Rows run_sql(test::Loop& loop, data::Database& database, data::Fragment sql);

}  // namespace flotilla::contract
