#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/mysql/mysql_database.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "contract/makers/mysql.hpp"
#include "contract/makers/postgres.hpp"
#include "contract/makers/servers.hpp"
#include "data/sql/database.hpp"
#include "data/sql/dialect.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

/// An empty database by the name of its adapter: sqlite, postgres, postgres_pooled (as behind a pooler that
/// gives every transaction another connection), mariadb. With short cuts for the tests.
class DatabaseWorld {
 public:
  explicit DatabaseWorld(const std::string& adapter) {
    if (adapter == "sqlite") {
      std::string name = (std::filesystem::temp_directory_path() / "flotilla-contract-XXXXXX").string();
      if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
      folder_ = name;
      sqlite::SqliteOptions options;
      options.path = (folder_ / "app.db").string();
      database_ = sqlite::open_sqlite(options);
    } else if (adapter == "mariadb") {
      database_ = mysql::open_mysql(mysql_options(loop_, server("mariadb"), fresh_app()));
    } else {
      postgres::PostgresOptions options = postgres_options(loop_, server("postgres"), fresh_app());
      options.prepared = adapter != "postgres_pooled";
      database_ = postgres::open_postgres(options);
    }
  }
  ~DatabaseWorld() {
    database_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  test::Loop& loop() { return loop_; }
  data::Database& database() { return *database_; }
  const data::Dialect& dialect() { return database_->dialect(); }

  void write(data::Work work) { loop_.run(database_->write(std::move(work))); }
  void read(data::Work work) { loop_.run(database_->read(std::move(work))); }
  std::int64_t execute(const data::Fragment& sql) {
    std::int64_t touched = -1;
    write([&](data::Session& session) -> Task<void> { touched = co_await session.execute(sql); });
    return touched;
  }
  data::Rows query(const data::Fragment& sql) {
    data::Rows rows;
    read([&](data::Session& session) -> Task<void> { rows = co_await session.query(sql); });
    return rows;
  }
  std::int64_t number(const data::Fragment& sql) { return query(sql).at(0, 0).as_int(); }
  void create(std::string_view table, std::vector<data::ColumnDef> columns) {
    for (const std::string& sql : dialect().create_table(table, columns)) execute(sql);
  }
  /// The SqlError that `action` ends with.
  static data::SqlError error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const data::SqlError& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {data::SqlError::Kind::other, "nothing was thrown"};
  }

 private:
  test::Loop loop_;
  std::filesystem::path folder_;
  std::unique_ptr<data::Database> database_;
};

inline std::string adapter_name(const testing::TestParamInfo<std::string>& row) { return row.param; }

}  // namespace flotilla::contract
