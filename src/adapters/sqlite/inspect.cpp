#include "adapters/sqlite/inspect.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>

namespace flotilla::sqlite {
namespace {

using std::chrono::steady_clock;
using State = Inspection::State;
using Handle = std::unique_ptr<sqlite3, decltype(&sqlite3_close_v2)>;
using Prepared = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

constexpr int kStepsBetweenLooks = 10'000;

int past(void* end) { return steady_clock::now() > *static_cast<steady_clock::time_point*>(end) ? 1 : 0; }

std::string size_text(const std::filesystem::path& path) {
  std::error_code ignored;
  auto bytes = static_cast<double>(std::filesystem::file_size(path, ignored));
  return fmt::format("{}, {:.1f} MiB", path.string(), bytes / (1 << 20));
}

}  // namespace

Inspection inspect(const std::filesystem::path& path, std::chrono::milliseconds limit) {
  sqlite3* opened = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle db(opened, &sqlite3_close_v2);
  if (code != SQLITE_OK) return {State::damaged, fmt::format("{}: {}", path.string(), sqlite3_errstr(code))};
  sqlite3_busy_timeout(db.get(), 2000);
  steady_clock::time_point end = steady_clock::now() + limit;
  sqlite3_progress_handler(db.get(), kStepsBetweenLooks, past, &end);

  sqlite3_stmt* prepared = nullptr;
  code = sqlite3_prepare_v2(db.get(), "PRAGMA quick_check(1)", -1, &prepared, nullptr);
  Prepared statement(prepared, &sqlite3_finalize);
  if (code == SQLITE_OK) code = sqlite3_step(statement.get());
  if (code == SQLITE_INTERRUPT)
    return {State::unfinished, size_text(path) + ": opens, too large to be checked here"};
  if ((code & 0xff) == SQLITE_BUSY)
    return {State::unfinished, size_text(path) + ": in use by a writer, not checked"};
  if (code != SQLITE_ROW)
    return {State::damaged, fmt::format("{}: {}", path.string(), sqlite3_errmsg(db.get()))};
  const unsigned char* text = sqlite3_column_text(statement.get(), 0);
  std::string found = text ? reinterpret_cast<const char*>(text) : "no answer";
  if (found != "ok") return {State::damaged, fmt::format("{}: {}; restore a backup", path.string(), found)};
  return {State::sound, size_text(path) + ", quick check ok"};
}

}  // namespace flotilla::sqlite
