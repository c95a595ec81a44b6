#include <sqlite3.h>

#include <memory>
#include <stdexcept>

#include "measure.hpp"
#include "queue_run.hpp"
#include "raw_sql.hpp"

namespace flotilla::bench {
namespace {

class Sqlite {
 public:
  explicit Sqlite(const std::string& file) {
    check(sqlite3_open(file.c_str(), &database_));
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
  }
  ~Sqlite() { sqlite3_close_v2(database_); }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  void check(int code) const {
    if (code != SQLITE_OK) throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(database_));
  }
  sqlite3* get() const { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Statement prepare(const Sqlite& database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  database.check(sqlite3_prepare_v2(database.get(), sql, -1, &statement, nullptr));
  return Statement(statement);
}

constexpr const char* kTable =
    "CREATE TABLE raw_queue (seq INTEGER PRIMARY KEY, channel TEXT NOT NULL, place INTEGER NOT NULL, "
    "body TEXT NOT NULL); CREATE INDEX raw_queue_next ON raw_queue (channel, place, seq)";
constexpr const char* kInsert = "INSERT INTO raw_queue (channel, place, body) VALUES ('raw', 1, ?)";

void insert(const Sqlite& database, sqlite3_stmt* statement, const std::string& body) {
  database.check(sqlite3_bind_text(statement, 1, body.data(), static_cast<int>(body.size()), SQLITE_STATIC));
  if (sqlite3_step(statement) != SQLITE_DONE) throw std::runtime_error("SQLite: the row was not inserted");
  sqlite3_reset(statement);
}

}  // namespace

double raw_sqlite_queue(const std::string& file, std::size_t count, std::size_t batch) {
  Sqlite database(file);
  database.run(kTable);
  const Statement add = prepare(database, kInsert);
  const Statement take = prepare(database,
                                 "DELETE FROM raw_queue WHERE seq IN (SELECT seq FROM raw_queue "
                                 "WHERE channel = 'raw' AND place = 1 ORDER BY seq LIMIT ?) RETURNING body");
  std::size_t taken = 0, sent = 0;
  const Stopwatch watch;
  while (sent < count) {
    database.run("BEGIN IMMEDIATE");
    for (std::size_t n = 0; n < batch && sent < count; ++n) insert(database, add.get(), body_of(sent++));
    database.run("COMMIT");
    database.run("BEGIN IMMEDIATE");
    sqlite3_bind_int64(take.get(), 1, static_cast<sqlite3_int64>(batch));
    while (sqlite3_step(take.get()) == SQLITE_ROW) ++taken;
    database.check(sqlite3_reset(take.get()));
    database.run("COMMIT");
  }
  const double seconds = watch.seconds();
  if (taken != count) throw std::runtime_error("SQLite: rows are missing");
  return static_cast<double>(count) / seconds;
}

std::vector<double> raw_sqlite_commits(const std::string& file, std::size_t count) {
  Sqlite database(file);
  database.run(kTable);
  const Statement add = prepare(database, kInsert);
  std::vector<double> out;
  for (std::size_t n = 0; n < count; ++n) {
    const std::string body = body_of(n);
    const Stopwatch watch;
    insert(database, add.get(), body);
    out.push_back(watch.seconds() * 1e3);
  }
  return out;
}

}  // namespace flotilla::bench
