#include "contract/makers/sql_queue.hpp"

#include <filesystem>
#include <map>
#include <mutex>

#include "adapters/sql/sql_firing.hpp"
#include "adapters/sql/sql_queue.hpp"
#include "adapters/sql/tables.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "base/random.hpp"
#include "contract/makers/sql_node.hpp"

namespace flotilla::contract {
namespace {

/// Removed when the program ends: after the tests, which end their databases themselves.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("flotilla-contract-" + random_uid(Random::system()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// The one connection of a process to its own file.
std::shared_ptr<data::Database> own_database(test::Loop& loop, const std::string& app) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<data::Database>> open;
  std::lock_guard lock(mutex);
  std::shared_ptr<data::Database> database = open[app].lock();
  if (!database) open[app] = database = sqlite_database(loop, app);
  return database;
}

}  // namespace

std::shared_ptr<data::Database> sqlite_database(test::Loop& loop, const std::string& app) {
  static const Folder folder;
  std::shared_ptr<data::Database> database = sqlite::open_sqlite({.path = folder.file(app + ".sqlite")});
  loop.run(sql::create_cluster_tables(*database));
  return database;
}

std::shared_ptr<cluster::QueueBackend> memory_queue(test::Loop& loop, const std::string& app) {
  return node_queue(own_database(loop, app));
}

std::shared_ptr<cluster::QueueBackend> sqlite_queue(test::Loop& loop, const std::string& app) {
  return node_queue(sqlite_database(loop, app));
}

std::shared_ptr<cluster::FiringStore> memory_firings(test::Loop& loop, const std::string& app) {
  return node_firings(loop, own_database(loop, app));
}

std::shared_ptr<cluster::FiringStore> sqlite_firings(test::Loop& loop, const std::string& app) {
  return node_firings(loop, sqlite_database(loop, app));
}

std::shared_ptr<cluster::QueueBackend> node_queue(std::shared_ptr<data::Database> database,
                                                  sql::SqlQueueOptions options) {
  struct Node {
    std::shared_ptr<data::Database> database;
    sql::SqlQueue queue;
  };
  auto node = std::shared_ptr<Node>(new Node{database, sql::SqlQueue(*database, std::move(options))});
  return {node, &node->queue};
}

std::shared_ptr<cluster::FiringStore> node_firings(test::Loop& loop,
                                                   std::shared_ptr<data::Database> database) {
  struct Node {
    Node(test::Loop& loop, std::shared_ptr<data::Database> shared)
        : database(std::move(shared)),
          queue(*database),
          outbox(loop.executor(), *database, routes()),
          firings(*database, outbox) {}
    sql::OutboxRoutes routes() {
      sql::OutboxRoutes routes;
      routes.publish_in = [this](data::Session& session, cluster::QueueMessage message) -> Task<void> {
        co_await queue.publish_in(session, std::move(message));
      };
      return routes;
    }
    std::shared_ptr<data::Database> database;
    sql::SqlQueue queue;
    sql::SqlOutbox outbox;
    sql::SqlFiringStore firings;
  };
  auto node = std::make_shared<Node>(loop, std::move(database));
  return {node, &node->firings};
}

}  // namespace flotilla::contract
