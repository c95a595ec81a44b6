#include "adapters/sqlite/sqlite_database.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "adapters/sqlite/reader_pool.hpp"
#include "adapters/sqlite/sqlite_dialect.hpp"
#include "adapters/sqlite/writer.hpp"

namespace flotilla::sqlite {
namespace {

using data::SqlError;

class SqliteDatabase final : public data::Database {
 public:
  // The writer comes first: it creates the file and switches it to WAL before a reader looks at it, and it
  // leaves last, when no reader can hold the checkpoint back.
  explicit SqliteDatabase(const SqliteOptions& options) : writer_(options), readers_(options) {}

  Task<void> read(data::Work work) override { return run_queued(readers_.queue(), std::move(work)); }
  Task<void> write(data::Work work) override { return run_queued(writer_.queue(), std::move(work)); }
  const data::Dialect& dialect() const override { return sqlite_dialect(); }

 private:
  Writer writer_;
  ReaderPool readers_;
};

void check(const SqliteOptions& options) {
  auto refuse = [](std::string message) { throw SqlError(SqlError::Kind::unavailable, std::move(message)); };
  if (options.path.empty()) refuse("SQLite needs the path of a file, it is empty");
  if (options.path == ":memory:" || options.path.starts_with("file:"))
    refuse(fmt::format("SQLite needs the path of a file, not \"{}\": connections can not share it",
                       options.path));
  if (options.path.find('\0') != std::string::npos)
    refuse("SQLite: the path of the file contains a NUL character");
  if (options.reader_threads < 1 || options.reader_threads > 64)
    refuse(fmt::format("SQLite: reader_threads must be 1 to 64, it is {}", options.reader_threads));
  if (options.group_max_works < 1) refuse("SQLite: group_max_works must be at least 1");
  if (options.busy_timeout_ms < 0) refuse("SQLite: busy_timeout_ms must not be negative");
}

void create_folder(const std::string& file) {
  std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error)
    throw SqlError(SqlError::Kind::unavailable,
                   fmt::format("SQLite file {}: the folder can not be created: {}", file, error.message()));
}

}  // namespace

std::unique_ptr<data::Database> open_sqlite(const SqliteOptions& options) {
  check(options);
  create_folder(options.path);
  return std::make_unique<SqliteDatabase>(options);
}

}  // namespace flotilla::sqlite
