#include "adapters/mysql/mysql_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/strings.hpp"
#include "data/sql/database.hpp"

namespace flotilla::mysql {
namespace {

using data::SqlError;

[[noreturn]] void refuse(std::string message) {
  throw SqlError(SqlError::Kind::unavailable, std::move(message));
}

[[noreturn]] void refuse_url() {
  refuse("the address of MariaDB cannot be read: it looks like mariadb://user:password@host:port/database");
}

std::string decoded(std::string_view text) {
  std::string out;
  if (!percent_decode(text, out)) refuse_url();
  return out;
}

/// What stands before `end`; moves behind it. Nothing when `end` is not there.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return {};
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at + 1);
  return before;
}

using Version = std::array<int, 3>;
constexpr Version kOldestMariadb{10, 9, 0}, kOldestMysql{8, 0, 17};

Version version_of(std::string_view text) {
  // MariaDB calls itself 5.5.5-10.x towards old clients.
  if (text.starts_with("5.5.5-")) text.remove_prefix(6);
  Version out{};
  for (int& part : out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc{}) break;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

MysqlOptions parse_mysql_url(std::string_view url) {
  MysqlOptions out;
  if (url.starts_with("mysql://"))
    out.product = Product::mysql;
  else if (!url.starts_with("mariadb://"))
    refuse_url();
  url.remove_prefix(url.find("//") + 2);
  if (url.find('@') != std::string_view::npos) {
    std::string_view account = take_until(url, '@');
    const std::size_t colon = account.find(':');
    out.user = decoded(account.substr(0, colon));
    if (colon != std::string_view::npos) out.password = decoded(account.substr(colon + 1));
  }
  std::string_view place = take_until(url, '/');
  out.database = decoded(url);
  if (place.empty() || out.database.empty()) refuse_url();
  if (const std::size_t colon = place.rfind(':'); colon != std::string_view::npos) {
    const std::string_view port = place.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc{} || end != port.data() + port.size()) refuse_url();
    place = place.substr(0, colon);
  }
  out.host = decoded(place);
  return out;
}

std::vector<std::string> session_statements(const MysqlOptions& options, Role role) {
  const bool mariadb = options.product == Product::mariadb;
  const int seconds = std::max(1, options.lock_timeout_ms / 1000);
  std::vector<std::string> out = {
      // Texts are equal when their bytes are.
      fmt::format("SET NAMES utf8mb4 COLLATE {}", mariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin"),
      fmt::format("SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,"
                  "STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', "
                  "time_zone = '+00:00', lc_time_names = 'en_US', innodb_lock_wait_timeout = {}, "
                  "lock_wait_timeout = {}, {} = 1000000",
                  seconds, seconds,
                  // MySQL tells the next number of a table from a copy otherwise.
                  mariadb ? "max_recursive_iterations"
                          : "information_schema_stats_expiry = 0, cte_max_recursion_depth"),
      "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
      fmt::format("SET SESSION TRANSACTION {}", role == Role::read ? "READ ONLY" : "READ WRITE"),
      // A transaction begins with its first statement, and anew after one that commits by itself.
      fmt::format("SET SESSION autocommit = {}", role == Role::read ? 1 : 0)};
  return out;
}

std::string refusal(Product wanted, std::string_view server_version) {
  const bool mariadb = server_version.find("MariaDB") != std::string_view::npos;
  if (mariadb != (wanted == Product::mariadb))
    return fmt::format("it is {} {}: set DB_DIALECT={}", mariadb ? "MariaDB" : "MySQL", server_version,
                       mariadb ? "mariadb" : "mysql");
  const Version oldest = mariadb ? kOldestMariadb : kOldestMysql;
  if (version_of(server_version) >= oldest) return {};
  return fmt::format("its version {} is too old, {}.{}.{} is needed", server_version, oldest[0], oldest[1],
                     oldest[2]);
}

void check(const MysqlOptions& options) {
  static constexpr std::string_view kModes[] = {"",        "disable",   "allow",      "prefer",
                                                "require", "verify-ca", "verify-full"};
  if (options.port < 1 || options.port > 65535)
    refuse(fmt::format("MariaDB: the port must be 1 to 65535, it is {}", options.port));
  if (options.host.empty() || options.host.find(',') != std::string::npos)
    refuse("MariaDB: the host must be one name, address or path of a socket");
  if (options.database.empty()) refuse("MariaDB: the name of the database is missing");
  if (std::ranges::find(kModes, options.ssl.mode) == std::end(kModes))
    refuse(fmt::format("MariaDB: \"{}\" is no mode of TLS", options.ssl.mode));
  if (options.read_connections < 1 || options.read_connections > 100 || options.write_connections < 1 ||
      options.write_connections > 1000)
    refuse("MariaDB: takes 1 to 100 connections for reading and 1 to 1000 for writing");
  if (options.connect_timeout_ms < 1 || options.acquire_timeout_ms < 1 || options.reply_timeout_ms < 0 ||
      options.lock_timeout_ms < 1 || options.idle_timeout_ms < 1 || options.close_timeout_ms < 0)
    refuse("MariaDB: a time-out is negative, or zero where waiting is needed");
}

}  // namespace flotilla::mysql
