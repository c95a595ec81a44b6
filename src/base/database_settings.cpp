#include "base/database_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace flotilla {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uint16_t kPostgresPort = 5432, kMysqlPort = 3306;
/// Two are always open for reading (see postgres::PostgresOptions), and one must be left to write.
constexpr int kConnectionsLeast = 4;
constexpr std::size_t kIdentifierBytesMax = 63;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

std::string required(const Environment& env, std::string_view name, const std::string& dialect) {
  std::string value = env.text(name);
  if (value.empty()) throw SettingError(name, "is not set, and DB_DIALECT=" + dialect + " needs it");
  return value;
}

DatabaseServer::Tls tls_settings(const Environment& env) {
  DatabaseServer::Tls tls;
  tls.mode = env.choice("DB_DIALECT_OPTIONS_SSL_MODE", "prefer",
                        {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"});
  tls.ca = env.text("DB_DIALECT_OPTIONS_SSL_CA");
  tls.certificate = env.text("DB_DIALECT_OPTIONS_SSL_CERT");
  tls.key = env.text("DB_DIALECT_OPTIONS_SSL_KEY");
  const bool verify = env.boolean("DB_DIALECT_OPTIONS_SSL_REJECT_UNAUTHORIZED", !tls.ca.empty());
  if (!env.find("DB_DIALECT_OPTIONS_SSL_MODE")) {
    if (verify)
      tls.mode = "verify-full";
    else if (!tls.ca.empty() || !tls.certificate.empty())
      tls.mode = "require";
  }
  if (tls.certificate.empty() != tls.key.empty()) {
    const bool no_key = tls.key.empty();
    throw SettingError(no_key ? "DB_DIALECT_OPTIONS_SSL_KEY" : "DB_DIALECT_OPTIONS_SSL_CERT",
                       std::string("is not set, but DB_DIALECT_OPTIONS_SSL_") + (no_key ? "CERT" : "KEY") +
                           " is: they belong together");
  }
  return tls;
}

DatabaseServer server_settings(const Environment& env, const std::string& dialect) {
  DatabaseServer out;
  out.host = env.text("DB_HOST", "127.0.0.1");
  const bool postgres = dialect == "postgres";
  out.port = env.port("DB_PORT", postgres ? kPostgresPort : kMysqlPort);
  out.database = required(env, "DB_DATABASE", dialect);
  out.user = required(env, "DB_USER", dialect);
  out.password = env.text("DB_PASSWORD");
  out.schema = env.text("DB_SCHEMA");
  if (!postgres && !out.schema.empty())
    throw SettingError("DB_SCHEMA", "is set, but DB_DIALECT=" + dialect +
                                        " has no schemas: DB_DATABASE names where the tables are");
  if (!is_plain(out.schema) || out.schema.size() > kIdentifierBytesMax)
    throw SettingError("DB_SCHEMA", out.schema, "at most 63 letters, digits and '_'");
  const std::string collections = env.text("COLLECTION_MANAGER_SCHEMA");
  if (postgres && !collections.empty() && collections != (out.schema.empty() ? "public" : out.schema))
    throw SettingError("COLLECTION_MANAGER_SCHEMA", collections,
                       "the same as DB_SCHEMA in this version, or leave it out");

  out.connections_max = static_cast<std::size_t>(env.integer("DB_POOL_MAX", 13, kConnectionsLeast, 1'000));
  out.connections_min = static_cast<std::size_t>(env.integer("DB_POOL_MIN", 0, 0, 1'000));
  if (out.connections_min > out.connections_max)
    throw SettingError("DB_POOL_MIN", std::to_string(out.connections_min), "at most DB_POOL_MAX");
  out.idle_timeout = env.duration("DB_POOL_IDLE", 60s, 100ms, 24h);
  out.acquire_timeout = env.duration("DB_POOL_ACQUIRE", 10s, 100ms, 1h);
  out.behind_pooler = env.choice("FLOTILLA_DB_POOLER", "none", {"none", "transaction"}) == "transaction";
  if (out.behind_pooler && !postgres)
    throw SettingError("FLOTILLA_DB_POOLER", "transaction",
                       "none with DB_DIALECT=" + dialect + ": a connection must stay the same");
  out.tls = tls_settings(env);
  return out;
}

}  // namespace

std::string DatabaseSettings::shown() const {
  if (is_file()) return storage.string();
  return fmt::format("{} at {}:{}/{}", dialect, server.host, server.port, server.database);
}

DatabaseSettings database_settings(const Environment& env, const fs::path& storage) {
  DatabaseSettings out;
  out.dialect = env.choice("DB_DIALECT", "sqlite", {"sqlite", "postgres", "mariadb", "mysql"});
  if (!out.is_file()) out.server = server_settings(env, out.dialect);
  out.storage = env.path("DB_STORAGE", storage / "db" / "nocobase.sqlite");
  if (env.text("DB_STORAGE").contains(":memory:"))
    throw SettingError("DB_STORAGE",
                       ":memory:", "the path of a file: connections cannot share a database in memory");
  out.table_prefix = env.text("DB_TABLE_PREFIX");
  if (!is_plain(out.table_prefix) || out.table_prefix.size() > 32)
    throw SettingError("DB_TABLE_PREFIX", out.table_prefix, "at most 32 letters, digits and '_'");
  // Only the exact text counts, as in NocoBase: a database must not change its names because of `1` or `yes`.
  out.underscored = env.text("DB_UNDERSCORED") == "true";
  out.sqlite_synchronous = env.choice("FLOTILLA_SQLITE_SYNCHRONOUS", "full", {"full", "normal"}) == "full"
                               ? SqliteSynchronous::full
                               : SqliteSynchronous::normal;
  return out;
}

}  // namespace flotilla
