#include "app/main_database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "adapters/mysql/mysql_database.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_notifications.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "data/sql/measured_database.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::app {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// Always open, and counted among DB_POOL_MAX.
constexpr std::size_t kReadConnections = 3;
constexpr milliseconds kLookAgain{250};

int in_ms(milliseconds time) { return static_cast<int>(time.count()); }

sqlite::SqliteOptions sqlite_options(const Settings& settings) {
  sqlite::SqliteOptions options;
  options.path = settings.database.storage.string();
  options.synchronous = settings.database.sqlite_synchronous == SqliteSynchronous::full
                            ? sqlite::SqliteOptions::Synchronous::full
                            : sqlite::SqliteOptions::Synchronous::normal;
  return options;
}

/// libpq takes files only: a PEM text is put into one that nobody else can read.
std::string pem_file(const std::string& value, const fs::path& folder, const std::string& name) {
  if (!value.contains("-----BEGIN")) return value;
  fs::create_directories(folder);
  const fs::path path = folder / (name + ".pem");
  const fs::path fresh = folder / fmt::format("{}.{}.new", name, ::getpid());
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written =
      file >= 0 && ::write(file, value.data(), value.size()) == static_cast<ssize_t>(value.size());
  if (file >= 0) ::close(file);
  if (!written) throw Error(500, fmt::format("cannot write {}: {}", fresh.string(), std::strerror(errno)));
  fs::rename(fresh, path);
  return path.string();
}

/// What the options of every database server have in common.
template <class Options>
Options server_options(const Settings& settings) {
  const DatabaseServer& server = settings.database.server;
  const fs::path folder = settings.storage / "apps" / "main" / "tls";
  Options options;
  options.host = server.host;
  options.port = server.port;
  options.database = server.database;
  options.user = server.user;
  options.password = server.password;
  options.ssl = {.mode = server.tls.mode,
                 .root_cert = pem_file(server.tls.ca, folder, "database_ca"),
                 .certificate = pem_file(server.tls.certificate, folder, "database_certificate"),
                 .key = pem_file(server.tls.key, folder, "database_key")};
  options.read_connections = std::min(kReadConnections, server.connections_max - 1);
  options.write_connections = server.connections_max - options.read_connections;
  options.write_connections_min =
      std::min(options.write_connections, std::max<std::size_t>(1, server.connections_min));
  options.acquire_timeout_ms = in_ms(server.acquire_timeout);
  options.idle_timeout_ms = in_ms(server.idle_timeout);
  return options;
}

postgres::PostgresOptions postgres_options(const Settings& settings) {
  auto options = server_options<postgres::PostgresOptions>(settings);
  options.schema = settings.database.server.schema;
  options.prepared = !settings.database.server.behind_pooler;
  return options;
}

mysql::MysqlOptions mysql_options(const Settings& settings) {
  auto options = server_options<mysql::MysqlOptions>(settings);
  options.product = settings.database.dialect == "mysql" ? mysql::Product::mysql : mysql::Product::mariadb;
  return options;
}

MainDatabase open_postgres(const postgres::PostgresOptions& options, boost::asio::any_io_executor executor) {
  auto database = postgres::open_postgres(options);
  if (!options.prepared) return {std::move(database), {}};  // such a pooler loses LISTEN
  auto notifications = std::make_shared<postgres::PostgresNotifications>(options, std::move(executor));
  sql::Listen listen = [notifications](const std::string& channel,
                                       std::function<void(const std::string&)> hear) {
    return notifications->subscribe(channel, std::move(hear));
  };
  return {std::move(database), std::move(listen)};
}

MainDatabase open_unmeasured(const Settings& settings, boost::asio::any_io_executor executor) {
  if (settings.database.is_file()) return {sqlite::open_sqlite(sqlite_options(settings)), {}};
  if (settings.database.dialect == "postgres")
    return open_postgres(postgres_options(settings), std::move(executor));
  return {mysql::open_mysql(mysql_options(settings)), {}};
}

}  // namespace

MainDatabase open_main_database(const Settings& settings, boost::asio::any_io_executor executor) {
  MainDatabase main = open_unmeasured(settings, std::move(executor));
  main.database =
      std::make_unique<data::MeasuredDatabase>(std::move(main.database), data::DatabaseMeasures::process());
  return main;
}

Task<void> await_database(data::Database& database, milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (bool told = false;; told = true) {
    try {
      data::Work look = [](data::Session& session) -> Task<void> {
        const data::Fragment query = data::sql::ping();
        co_await session.query(query);
      };
      co_await database.read(look);
      co_return;
    } catch (const data::SqlError& error) {
      if (std::string_view(error.what()).contains("unsupported startup parameter"))
        throw SettingError("FLOTILLA_DB_POOLER", std::string("is not set to transaction, but this looks like "
                                                             "a pooler of connections: ") +
                                                     error.what());
      if (error.kind != data::SqlError::Kind::unavailable || std::chrono::steady_clock::now() >= deadline)
        throw;
      if (!told) log::warn("waiting for the database", {{"reason", error.what()}});
    }
    timer.expires_after(kLookAgain);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

MainDatabase open_postgres_url(const std::string& url, boost::asio::any_io_executor executor) {
  return open_postgres(postgres::parse_postgres_url(url), std::move(executor));
}

MainDatabase open_mysql_url(const std::string& url) {
  return {mysql::open_mysql(mysql::parse_mysql_url(url)), {}};
}

}  // namespace flotilla::app
