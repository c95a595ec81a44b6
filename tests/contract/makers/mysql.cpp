#include "contract/makers/mysql.hpp"

#include "adapters/mysql/mysql_database.hpp"
#include "adapters/mysql/mysql_dialect.hpp"
#include "contract/makers/postgres.hpp"

namespace flotilla::contract {

mysql::MysqlOptions mysql_options(test::Loop& loop, const std::string& url, const std::string& app) {
  mysql::MysqlOptions options = mysql::parse_mysql_url(url);
  const auto database = mysql::open_mysql(options);
  run_sql(loop, *database, "CREATE DATABASE IF NOT EXISTS " + mysql::mysql_dialect().quote(app));
  options.database = app;
  return options;
}

}  // namespace flotilla::contract
