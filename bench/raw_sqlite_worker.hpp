#pragma once

// The queries of the benchmark through SQLite's C API.

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

constexpr int kPageRows = 20;
constexpr std::string_view kRowsTable = "bench_rows";
constexpr std::string_view kGroupsTable = "bench_groups";
constexpr int kFilterBelow = 500;  // the same bound as the filter of wrk/filter.lua

struct Options {
  std::string database;
  std::string kind = "list";
  int threads = 1;
  double seconds = 3;
  std::int64_t rows = 10'000;
  int cache_kib = 16'384;
  int port = 0;  ///< above 0: serve there
};

[[noreturn]] inline void fail(const std::string& what) { throw std::runtime_error(what); }

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

class Statement {
 public:
  Statement(sqlite3* db, const std::string& sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr) != SQLITE_OK)
      fail(std::string(sqlite3_errmsg(db)) + " in " + sql);
    statement_.reset(raw);
  }

  void bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_.get(), at, value); }

  /// Steps to the end and reads every column; calls `row` with the statement after each row. Returns the
  /// rows.
  template <typename Row>
  int run(Row&& row) {
    sqlite3_stmt* s = statement_.get();
    int rows = 0;
    int status = SQLITE_ROW;
    while ((status = sqlite3_step(s)) == SQLITE_ROW) {
      ++rows;
      for (int column = 0, columns = sqlite3_column_count(s); column < columns; ++column) read(column);
      row(s);
    }
    sqlite3_reset(s);
    if (status != SQLITE_DONE) fail(std::string("step: ") + sqlite3_errstr(status));
    return rows;
  }

  std::uint64_t bytes() const { return bytes_; }
  /// Also writes every column as text, with a tab behind it.
  void write_to(std::string& out) { out_ = &out; }

 private:
  void read(int column) {
    sqlite3_stmt* s = statement_.get();
    if (out_) return write(column);
    switch (sqlite3_column_type(s, column)) {
      case SQLITE_INTEGER:
        bytes_ += static_cast<std::uint64_t>(sqlite3_column_int64(s, column)) & 7;
        break;
      case SQLITE_FLOAT:
        bytes_ += sqlite3_column_double(s, column) > 0;
        break;
      case SQLITE_NULL:
        break;
      default: {
        const unsigned char* text = sqlite3_column_text(s, column);
        bytes_ += static_cast<std::uint64_t>(sqlite3_column_bytes(s, column)) + (text ? text[0] : 0);
      }
    }
  }

  void write(int column) {
    sqlite3_stmt* s = statement_.get();
    if (const unsigned char* text = sqlite3_column_text(s, column))
      out_->append(reinterpret_cast<const char*>(text),
                   static_cast<std::size_t>(sqlite3_column_bytes(s, column)));
    *out_ += '\t';
  }

  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
  std::uint64_t bytes_ = 0;
  std::string* out_ = nullptr;
};

inline Database open(const Options& options) {
  sqlite3* raw = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;  // WAL wants a writable file even from readers
  const int status = sqlite3_open_v2(options.database.c_str(), &raw, flags, nullptr);
  Database db(raw);
  if (status != SQLITE_OK) fail("cannot open " + options.database + ": " + sqlite3_errstr(status));
  const std::string pragmas = "PRAGMA cache_size=-" + std::to_string(options.cache_kib) +
                              ";PRAGMA temp_store=MEMORY;PRAGMA mmap_size=0;PRAGMA query_only=1";
  sqlite3_exec(raw, pragmas.c_str(), nullptr, nullptr, nullptr);
  return db;
}

/// `"t"."a", "t"."b", …` over all columns of the table.
inline std::string columns_of(sqlite3* db, std::string_view table) {
  Statement info(db, "SELECT name FROM pragma_table_info('" + std::string(table) + "')");
  std::string out;
  info.run([&](sqlite3_stmt* s) {
    if (!out.empty()) out += ", ";
    out += "\"t\".\"" + std::string(reinterpret_cast<const char*>(sqlite3_column_text(s, 0))) + "\"";
  });
  if (out.empty())
    fail("the database has no table " + std::string(table) + "; load it with bench/run.sh first");
  return out;
}

inline int column_index(sqlite3* db, std::string_view table, std::string_view column) {
  Statement info(db, "SELECT name FROM pragma_table_info('" + std::string(table) + "')");
  int at = 0, found = -1;
  info.run([&](sqlite3_stmt* s) {
    if (column == reinterpret_cast<const char*>(sqlite3_column_text(s, 0))) found = at;
    ++at;
  });
  if (found < 0) fail(std::string(table) + " has no column " + std::string(column));
  return found;
}

inline std::string from(std::string_view table) { return " FROM \"" + std::string(table) + "\" AS \"t\""; }

/// One thread's share of the work.
class Worker {
 public:
  Worker(const Options& options, unsigned seed) : options_(options), db_(open(options)), random_(seed) {
    const std::string rows = columns_of(db_.get(), kRowsTable);
    const std::string order = " ORDER BY \"t\".\"id\" ASC NULLS LAST";
    const std::string where = options.kind == "filter" ? " WHERE \"t\".\"quantity\" < ?" : "";
    if (options.kind == "get") {
      page_ = std::make_unique<Statement>(
          db_.get(), "SELECT " + rows + from(kRowsTable) + " WHERE \"t\".\"id\" = ?" + order + " LIMIT 1");
    } else {
      page_ = std::make_unique<Statement>(db_.get(), "SELECT " + rows + from(kRowsTable) + where + order +
                                                         " LIMIT " + std::to_string(kPageRows));
      count_ = std::make_unique<Statement>(db_.get(), "SELECT count(*)" + from(kRowsTable) + where);
    }
    if (options.kind == "filter") {
      groups_ = columns_of(db_.get(), kGroupsTable);
      group_column_ = column_index(db_.get(), kRowsTable, "groupId");
    }
  }

  /// What the queries find is also written to `out`.
  void write_to(std::string& out) {
    out_ = &out;
    page_->write_to(out);
    if (count_) count_->write_to(out);
  }

  void query() {
    if (options_.kind == "get") {
      page_->bind(1, std::uniform_int_distribution<std::int64_t>(1, options_.rows)(random_));
      expect(page_->run([](sqlite3_stmt*) {}), 1);
      return;
    }
    if (options_.kind == "filter") {
      page_->bind(1, kFilterBelow);
      count_->bind(1, kFilterBelow);
    }
    std::vector<std::int64_t> keys;
    const int rows = page_->run([&](sqlite3_stmt* s) {
      if (group_column_ < 0) return;
      const std::int64_t key = sqlite3_column_int64(s, group_column_);
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    });
    expect(rows, kPageRows);
    if (!keys.empty()) {
      Statement& append = append_of(keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) append.bind(static_cast<int>(i) + 1, keys[i]);
      expect(append.run([](sqlite3_stmt*) {}), static_cast<int>(keys.size()));
    }
    expect(count_->run([](sqlite3_stmt*) {}), 1);
  }

 private:
  Statement& append_of(std::size_t keys) {
    auto& slot = appends_[keys];
    if (!slot) {
      std::string marks = "?";
      for (std::size_t i = 1; i < keys; ++i) marks += ", ?";
      slot = std::make_unique<Statement>(
          db_.get(), "SELECT " + groups_ + from(kGroupsTable) + " WHERE \"t\".\"id\" IN (" + marks + ")");
      if (out_) slot->write_to(*out_);
    }
    return *slot;
  }

  static void expect(int rows, int wanted) {
    if (rows != wanted)
      fail("a statement gave " + std::to_string(rows) + " rows instead of " + std::to_string(wanted));
  }

  const Options& options_;
  Database db_;
  std::mt19937_64 random_;
  std::unique_ptr<Statement> page_;
  std::unique_ptr<Statement> count_;
  std::map<std::size_t, std::unique_ptr<Statement>> appends_;
  std::string groups_;
  int group_column_ = -1;
  std::string* out_ = nullptr;
};

}  // namespace bench
