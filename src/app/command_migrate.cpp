#include "app/command_migrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <iostream>
#include <map>

#include "adapters/mysql/mysql_dialect.hpp"
#include "adapters/postgres/postgres_dialect.hpp"
#include "adapters/sqlite/sqlite_dialect.hpp"
#include "app/application.hpp"
#include "app/exit_codes.hpp"
#include "app/main_database.hpp"
#include "app/migrations.hpp"
#include "base/version.hpp"
#include "data/value/date_time.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla::app {
namespace {

constexpr std::chrono::milliseconds kPatience{5'000};

/// What was done; nothing for a SQLite file that is not there, which opening it would make.
std::vector<data::AppliedMigration> read_applied(const Settings& settings) {
  if (settings.database.is_file() && !std::filesystem::exists(settings.database.storage)) return {};
  EventLoops loops(1);
  loops.run();
  std::vector<data::AppliedMigration> out;
  std::exception_ptr error;
  try {
    MainDatabase main = open_main_database(settings, loops.at(0).get_executor());
    const data::IdSource no_ids;
    data::Migrator migrator = make_migrator(settings, *main.database, no_ids);
    auto ask = [&]() -> Task<void> {
      co_await await_database(*main.database, kPatience);
      out = co_await migrator.applied();
    };
    boost::asio::co_spawn(loops.at(0), ask(), boost::asio::use_future).get();
  } catch (...) {
    error = std::current_exception();
  }
  loops.stop();
  loops.join();
  if (error) std::rethrow_exception(error);
  return out;
}

const data::Dialect& dialect_of(const Settings& settings) {
  const std::string_view name = settings.database.dialect;
  if (name == "mariadb") return mysql::mysql_dialect(mysql::Product::mariadb);
  if (name == "mysql") return mysql::mysql_dialect(mysql::Product::mysql);
  if (name == "postgres") return postgres::postgres_dialect();
  return sqlite::sqlite_dialect();
}

std::string line(int number, std::string_view name, std::string_view version, std::string_view phase,
                 std::string_view state) {
  return fmt::format("{:>6}  {:<28}  {:<9}  {:<8}  {}\n", number, name, version, phase, state);
}

std::string as_table(const std::vector<data::Migration>& known,
                     const std::vector<data::AppliedMigration>& applied) {
  std::map<int, std::string> lines;
  std::size_t left = 0;
  for (const data::Migration& migration : known) {
    const std::string_view phase = migration.phase == data::Phase::contract ? "contract" : "expand";
    auto done = std::ranges::find(applied, migration.number, &data::AppliedMigration::number);
    const bool pending = done == applied.end();
    left += pending ? 1 : 0;
    lines[migration.number] = line(migration.number, migration.name, migration.version, phase,
                                   pending ? "to do" : "done " + data::iso_text(done->at_ms));
  }
  for (const data::AppliedMigration& done : applied)
    if (!lines.contains(done.number))
      lines[done.number] =
          line(done.number, done.name, done.version, "",
               fmt::format("done {} by a newer version, needs {}", data::iso_text(done.at_ms), done.needs));
  std::string out =
      fmt::format("{:>6}  {:<28}  {:<9}  {:<8}  {}\n", "number", "name", "version", "phase", "state");
  for (const auto& [number, text] : lines) out += text;
  return out + fmt::format("{} migrations, {} to do\n", lines.size(), left);
}

}  // namespace

int run_migrate(const Settings& settings, bool dry_run) {
  const std::vector<data::Migration> known = all_migrations(dialect_of(settings));
  const std::vector<data::AppliedMigration> applied = read_applied(settings);
  std::cout << as_table(known, applied) << std::flush;
  const data::MigrationPlan plan = data::plan_migrations(known, applied, version());
  if (dry_run || plan.pending.empty()) return kExitOk;
  const int code = Application(settings).install();
  if (code == kExitOk) std::cout << "done\n";
  return code;
}

}  // namespace flotilla::app
