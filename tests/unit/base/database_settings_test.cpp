#include "base/database_settings.hpp"

#include <gtest/gtest.h>

namespace flotilla {
namespace {

using namespace std::chrono_literals;

DatabaseSettings load(Environment::Values values) {
  return database_settings(Environment(std::move(values)), "/srv/storage");
}

Environment::Values postgres(Environment::Values more = {}) {
  more.insert({{"DB_DIALECT", "postgres"}, {"DB_DATABASE", "tools"}, {"DB_USER", "flo"}});
  return more;
}

std::string failure(Environment::Values values) {
  try {
    load(std::move(values));
  } catch (const SettingError& error) {
    return error.what();
  }
  return "no error";
}

TEST(DatabaseSettings, WithoutVariablesIsAFileBelowTheStorage) {
  const DatabaseSettings s = load({});
  EXPECT_TRUE(s.is_file());
  EXPECT_EQ(s.shown(), "/srv/storage/db/nocobase.sqlite");
  EXPECT_EQ(s.sqlite_synchronous, SqliteSynchronous::full);
}

TEST(DatabaseSettings, PostgresHasDefaultsForAllButItsNames) {
  const DatabaseSettings s = load(postgres());
  EXPECT_FALSE(s.is_file());
  EXPECT_EQ(s.server.host, "127.0.0.1");
  EXPECT_EQ(s.server.port, 5432);
  EXPECT_EQ(s.server.connections_max, 13u);
  EXPECT_EQ(s.server.connections_min, 0u);
  EXPECT_EQ(s.server.idle_timeout, 60s);
  EXPECT_EQ(s.server.acquire_timeout, 10s);
  EXPECT_EQ(s.server.tls.mode, "prefer");
  EXPECT_FALSE(s.server.behind_pooler);
  EXPECT_EQ(s.shown(), "postgres at 127.0.0.1:5432/tools");
}

TEST(DatabaseSettings, PostgresTakesEveryVariable) {
  const DatabaseSettings s = load(postgres({{"DB_HOST", "db.lan"},
                                            {"DB_PORT", "6432"},
                                            {"DB_PASSWORD", "p w"},
                                            {"DB_SCHEMA", "tools"},
                                            {"COLLECTION_MANAGER_SCHEMA", "tools"},
                                            {"DB_POOL_MAX", "30"},
                                            {"DB_POOL_MIN", "2"},
                                            {"DB_POOL_IDLE", "5000"},
                                            {"DB_POOL_ACQUIRE", "3s"},
                                            {"FLOTILLA_DB_POOLER", "transaction"}}));
  EXPECT_EQ(s.server.host, "db.lan");
  EXPECT_EQ(s.server.port, 6432);
  EXPECT_EQ(s.server.password, "p w");
  EXPECT_EQ(s.server.schema, "tools");
  EXPECT_EQ(s.server.connections_max, 30u);
  EXPECT_EQ(s.server.connections_min, 2u);
  EXPECT_EQ(s.server.idle_timeout, 5s);
  EXPECT_EQ(s.server.acquire_timeout, 3s);
  EXPECT_TRUE(s.server.behind_pooler);
  EXPECT_FALSE(s.shown().contains("p w"));
}

TEST(DatabaseSettings, NamesTheVariableThatIsMissingOrWrong) {
  EXPECT_EQ(failure({{"DB_DIALECT", "postgres"}, {"DB_USER", "flo"}}),
            "DB_DATABASE: is not set, and DB_DIALECT=postgres needs it");
  EXPECT_EQ(failure({{"DB_DIALECT", "postgres"}, {"DB_DATABASE", "tools"}}),
            "DB_USER: is not set, and DB_DIALECT=postgres needs it");
  for (const auto& [name, value] : Environment::Values{{"DB_PORT", "0"},
                                                       {"DB_POOL_MAX", "3"},
                                                       {"DB_POOL_MIN", "14"},
                                                       {"DB_SCHEMA", "a;b"},
                                                       {"COLLECTION_MANAGER_SCHEMA", "other"},
                                                       {"FLOTILLA_DB_POOLER", "yes"},
                                                       {"DB_DIALECT_OPTIONS_SSL_MODE", "perhaps"}})
    EXPECT_TRUE(failure(postgres({{name, value}})).starts_with(name + ": ")) << name;
}

TEST(DatabaseSettings, MariadbAndMysqlHaveNoSchemas) {
  for (const char* dialect : {"mysql", "mariadb"}) {
    const Environment::Values names{{"DB_DIALECT", dialect}, {"DB_DATABASE", "tools"}, {"DB_USER", "flo"}};
    const DatabaseSettings s = load(names);
    EXPECT_FALSE(s.is_file());
    EXPECT_EQ(s.server.port, 3306);
    EXPECT_EQ(s.shown(), std::string(dialect) + " at 127.0.0.1:3306/tools");
    Environment::Values with_schema = names, pooled = names;
    with_schema["DB_SCHEMA"] = "tools";
    EXPECT_EQ(failure(with_schema), std::string("DB_SCHEMA: is set, but DB_DIALECT=") + dialect +
                                        " has no schemas: DB_DATABASE names where the tables are");
    pooled["FLOTILLA_DB_POOLER"] = "transaction";
    EXPECT_TRUE(failure(pooled).starts_with("FLOTILLA_DB_POOLER: ")) << failure(pooled);
    EXPECT_TRUE(failure({{"DB_DIALECT", dialect}}).starts_with("DB_DATABASE: is not set"));
  }
}

TEST(DatabaseSettings, AnUnknownDatabaseIsRefused) {
  EXPECT_EQ(failure({{"DB_DIALECT", "oracle"}}),
            "DB_DIALECT: got \"oracle\", takes sqlite, postgres, mariadb, mysql");
}

TEST(DatabaseSettings, TlsIsAsStrictAsItCanBe) {
  EXPECT_EQ(load(postgres({{"DB_DIALECT_OPTIONS_SSL_CA", "/etc/ca.pem"}})).server.tls.mode, "verify-full");
  EXPECT_EQ(load(postgres({{"DB_DIALECT_OPTIONS_SSL_CA", "/etc/ca.pem"},
                           {"DB_DIALECT_OPTIONS_SSL_REJECT_UNAUTHORIZED", "false"}}))
                .server.tls.mode,
            "require");
  EXPECT_EQ(load(postgres({{"DB_DIALECT_OPTIONS_SSL_CA", "/etc/ca.pem"},
                           {"DB_DIALECT_OPTIONS_SSL_MODE", "verify-ca"}}))
                .server.tls.mode,
            "verify-ca");
  EXPECT_EQ(
      failure(postgres({{"DB_DIALECT_OPTIONS_SSL_CERT", "/etc/me.pem"}})),
      "DB_DIALECT_OPTIONS_SSL_KEY: is not set, but DB_DIALECT_OPTIONS_SSL_CERT is: they belong together");
}

}  // namespace
}  // namespace flotilla
