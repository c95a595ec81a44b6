#pragma once

#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "adapters/sql/listen.hpp"
#include "data/sql/database.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::bench {

/// The address in a variable. Throws when it is not set.
std::string url_of(const char* variable);
std::string redis_url();
std::string postgres_url();
std::string rabbitmq_url();

/// A name that no other case of any run has.
std::string fresh_name();
/// `count`, times BENCH_SCALE (1).
std::size_t scaled(std::size_t count);

/// A folder that goes when it is destroyed, on the disk of the working directory's build (BENCH_FOLDER),
/// because /tmp is memory on some machines.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A client of its own, connected.
std::shared_ptr<redis::RedisClient> redis_client(test::Loop& loop);
/// Whether every command is on the disk before it is answered (appendfsync).
void set_redis_durable(bool durable);

/// The cluster's tables, in a file (synchronous=FULL) or on the server; connected.
std::unique_ptr<data::Database> sqlite_database(test::Loop& loop, const std::string& file);
std::unique_ptr<data::Database> postgres_database(test::Loop& loop);
sql::Listen postgres_listen(test::Loop& loop);

}  // namespace flotilla::bench
