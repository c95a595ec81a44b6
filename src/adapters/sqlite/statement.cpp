#include "adapters/sqlite/statement.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "adapters/sqlite/sqlite_dialect.hpp"
#include "base/strings.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sqlite {
namespace {

using data::SqlError;

std::string finished(std::string_view text) {
  std::string sql;
  sql.reserve(text.size());
  std::size_t index = 0;
  for (char c : text) {
    if (c == data::Fragment::kPlaceholder)
      sqlite_dialect().write_placeholder(sql, index++);
    else
      sql += c;
  }
  return sql;
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement::Statement(Statement&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      names_(std::move(other.names_)),
      prepared_again_(other.prepared_again_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(names_, other.names_);
  std::swap(prepared_again_, other.prepared_again_);
  return *this;
}

int Statement::prepare(sqlite3* db, std::string_view text, bool keep) {
  std::string sql = finished(text);
  const char* tail = nullptr;
  int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                                keep ? SQLITE_PREPARE_PERSISTENT : 0, &handle_, &tail);
  if (code != SQLITE_OK) return code;
  std::string_view rest = trim(std::string_view(tail, sql.data() + sql.size()));
  if (!handle_ || !rest.empty())
    throw SqlError(SqlError::Kind::syntax, handle_ ? "more than one SQL statement" : "empty SQL statement");
  return SQLITE_OK;
}

int Statement::bind(const std::vector<data::Param>& values) {
  const int wanted = sqlite3_bind_parameter_count(handle_);
  if (wanted != static_cast<int>(values.size()))
    throw SqlError(SqlError::Kind::other,
                   fmt::format("the SQL statement takes {} values, {} were given", wanted, values.size()));
  for (int i = 0; i < wanted; ++i)
    if (int code = bind(i + 1, values[static_cast<std::size_t>(i)]); code != SQLITE_OK) return code;
  return SQLITE_OK;
}

int Statement::bind(int index, const data::Param& value) {
  struct Binder {
    sqlite3_stmt* to;
    int at;
    int operator()(std::monostate) { return sqlite3_bind_null(to, at); }
    int operator()(bool v) { return sqlite3_bind_int(to, at, v ? 1 : 0); }
    int operator()(std::int64_t v) { return sqlite3_bind_int64(to, at, v); }
    int operator()(double v) { return sqlite3_bind_double(to, at, v); }
    int operator()(const data::Instant& v) { return (*this)(v.text); }
    int operator()(const std::string& v) {
      return sqlite3_bind_text64(to, at, v.data(), v.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    int operator()(const data::Blob& v) {
      return sqlite3_bind_blob64(to, at, v.bytes.data(), v.bytes.size(), SQLITE_STATIC);
    }
  };
  return std::visit(Binder{handle_, index}, value);
}

int Statement::step() { return sqlite3_step(handle_); }

void Statement::reset() { sqlite3_reset(handle_); }

const std::vector<std::string>& Statement::column_names() {
  const int again = sqlite3_stmt_status(handle_, SQLITE_STMTSTATUS_REPREPARE, 0);
  if (again != prepared_again_) {
    names_.clear();
    for (int i = 0; i < sqlite3_column_count(handle_); ++i)
      names_.emplace_back(sqlite3_column_name(handle_, i));
    prepared_again_ = again;
  }
  return names_;
}

void Statement::read_row(data::Rows& rows) {
  using Kind = data::Cell::Kind;
  const int columns = static_cast<int>(names_.size());
  for (int i = 0; i < columns; ++i) {
    switch (sqlite3_column_type(handle_, i)) {
      case SQLITE_INTEGER:
        rows.add_integer(sqlite3_column_int64(handle_, i));
        break;
      case SQLITE_FLOAT:
        rows.add_real(sqlite3_column_double(handle_, i));
        break;
      case SQLITE_TEXT: {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, i));
        rows.add_bytes(Kind::text, {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, i))});
        break;
      }
      case SQLITE_BLOB: {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, i));
        rows.add_bytes(Kind::blob, {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, i))});
        break;
      }
      default:
        rows.add_null();
    }
  }
}

}  // namespace flotilla::sqlite
