#include "contract/makers/sql_cluster.hpp"

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>

#include "adapters/sql/sql_high_water.hpp"
#include "adapters/sql/sql_lock.hpp"
#include "adapters/sql/sql_registry.hpp"
#include "adapters/sql/sql_signal.hpp"
#include "adapters/sql/sql_worker_id.hpp"
#include "adapters/sql/tables.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "contract/makers/sql_cluster_store.hpp"

namespace flotilla::contract {
namespace {

/// Removed with what is in it when the process ends.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "flotilla-contract-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& app) const { return (path_ / (app + ".sqlite")).string(); }

 private:
  std::filesystem::path path_;
};

std::unique_ptr<data::Database> database_of(test::Loop& loop, const std::string& app) {
  static const Folder folder;
  sqlite::SqliteOptions options;
  options.path = folder.file(app);
  options.busy_timeout_ms = 30'000;
  auto database = sqlite::open_sqlite(options);
  loop.run(sql::create_cluster_tables(*database));
  return database;
}

}  // namespace

std::shared_ptr<cluster::LockStore> sqlite_locks(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlLockStore>(database_of(loop, app));
}

std::shared_ptr<cluster::SignalLog> sqlite_signals(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlSignalLog>(database_of(loop, app));
}

std::shared_ptr<cluster::WorkerIdStore> sqlite_worker_ids(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlWorkerIdStore>(database_of(loop, app), app);
}

std::shared_ptr<cluster::HighWaterStore> sqlite_high_water(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlHighWaterStore>(database_of(loop, app), app);
}

std::shared_ptr<cluster::RegistryStore> sqlite_registry(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlRegistryStore>(database_of(loop, app), app);
}

}  // namespace flotilla::contract
