// Addresses, what libpq is given, and what goes first in a transaction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "adapters/postgres/postgres_options.hpp"
#include "data/sql/database.hpp"

namespace flotilla::postgres {
namespace {

using data::SqlError;
using testing::HasSubstr;
using testing::Not;

std::map<std::string, std::string> keywords(const PostgresOptions& options, Role role,
                                            std::string_view addresses = {}) {
  const auto pairs = connect_keywords(options, role, addresses);
  return {pairs.begin(), pairs.end()};
}

std::string refusal(std::string_view url) {
  try {
    check(parse_postgres_url(url));
  } catch (const SqlError& error) {
    EXPECT_EQ(error.kind, SqlError::Kind::unavailable);
    return error.what();
  }
  return "accepted";
}

TEST(PostgresOptionsTest, ReadsAnAddress) {
  const PostgresOptions o = parse_postgres_url(
      "postgres://us%40er:p%3Aa%2Fss@db.example:6432/my%20db?schema=s%20x&sslmode=verify-full&sslrootcert=/"
      "ca.pem"
      "&application_name=me&connect_timeout=3&prepared=false");
  EXPECT_EQ(o.user, "us@er");
  EXPECT_EQ(o.password, "p:a/ss");
  EXPECT_EQ(o.host, "db.example");
  EXPECT_EQ(o.port, 6432);
  EXPECT_EQ(o.database, "my db");
  EXPECT_EQ(o.schema, "s x");
  EXPECT_EQ(o.ssl.mode, "verify-full");
  EXPECT_EQ(o.ssl.root_cert, "/ca.pem");
  EXPECT_EQ(o.application_name, "me");
  EXPECT_EQ(o.connect_timeout_ms, 3'000);
  EXPECT_FALSE(o.prepared);
}

TEST(PostgresOptionsTest, LeavesTheRestAsItIs) {
  const PostgresOptions o = parse_postgres_url("postgresql://host/db");
  EXPECT_EQ(o.port, 5432);
  EXPECT_TRUE(o.prepared);
  EXPECT_EQ(o.schema, "");
  EXPECT_EQ(o.application_name, "flotilla");
  EXPECT_EQ(parse_postgres_url("postgres://u@[::1]:5/db").host, "::1");
  EXPECT_EQ(parse_postgres_url("postgres://u@%2Frun%2Fpg/db").host, "/run/pg");
  EXPECT_EQ(parse_postgres_url("postgres:///db?host=/run/pg&schema=s").host, "/run/pg");
  EXPECT_EQ(parse_postgres_url("postgres:///db?schema=s&host=/run/pg").schema, "s");
}

TEST(PostgresOptionsTest, RefusesWithoutTellingThePassword) {
  for (const char* url :
       {"mysql://u:secret@h/db", "postgres://u:secret%ZZ@h/db", "u:secret@h/db", "",
        "postgres://u:secret@h/db?nonsense=1", "postgres://u:secret@h/db?schema=%ZZ",
        "postgres://u:secret@h:port/db", "postgres://u:secret@h/db?prepared=maybe",
        "postgres://u:secret@h/db?sslmode=strict", "postgres://u:secret@h:99999/db",
        "postgres://u:secret@h/db?target_session_attrs=any", "postgres://u:secret@h,g/db"}) {
    EXPECT_THAT(refusal(url), Not(HasSubstr("secret"))) << url;
    EXPECT_NE(refusal(url), "accepted") << url;
  }
  EXPECT_THAT(refusal("postgres://h/db?target_session_attrs=any"), HasSubstr("target_session_attrs"));
}

TEST(PostgresOptionsTest, ChecksSizesAndTimes) {
  PostgresOptions good;
  EXPECT_NO_THROW(check(good));
  auto bad = [&](auto change) {
    PostgresOptions options = good;
    change(options);
    EXPECT_THROW(check(options), SqlError);
  };
  bad([](PostgresOptions& o) { o.port = 0; });
  bad([](PostgresOptions& o) { o.host.clear(); });
  bad([](PostgresOptions& o) { o.read_connections = 0; });
  bad([](PostgresOptions& o) { o.write_connections = 0; });
  bad([](PostgresOptions& o) { o.pipeline_max = 0; });
  bad([](PostgresOptions& o) { o.connect_timeout_ms = 0; });
  bad([](PostgresOptions& o) { o.reply_timeout_ms = -1; });
}

TEST(PostgresOptionsTest, SettingsOfASessionTravelWithTheConnection) {
  PostgresOptions o;
  o.database = "d";
  o.user = "u";
  o.schema = "my \"s\\x";
  o.statement_timeout_ms = 250;
  auto write = keywords(o, Role::write), read = keywords(o, Role::read);
  EXPECT_EQ(write["dbname"], "d");
  EXPECT_EQ(write["host"], "127.0.0.1");
  EXPECT_EQ(write["client_encoding"], "UTF8");
  EXPECT_EQ(write.count("password"), 0u);
  EXPECT_THAT(write["options"], HasSubstr("-c TimeZone=UTC"));
  EXPECT_THAT(write["options"], HasSubstr(R"(-c search_path="my\ ""s\\x")"));
  EXPECT_THAT(write["options"], HasSubstr("-c statement_timeout=250"));
  EXPECT_THAT(write["options"], Not(HasSubstr("read_only")));
  EXPECT_THAT(read["options"], HasSubstr("-c default_transaction_read_only=on"));
  EXPECT_TRUE(opening_statements(o, Role::read).empty());
  EXPECT_EQ(opening_statements(o, Role::write).size(), 1u);
}

TEST(PostgresOptionsTest, BehindAPoolerTheyTravelWithTheTransaction) {
  PostgresOptions o;
  o.schema = "it's";
  o.prepared = false;
  EXPECT_EQ(keywords(o, Role::read).count("options"), 0u) << "poolers refuse it";
  const auto read = opening_statements(o, Role::read), write = opening_statements(o, Role::write);
  ASSERT_EQ(read.size(), 1u);
  ASSERT_EQ(write.size(), 2u);
  EXPECT_THAT(read[0], HasSubstr("set_config('transaction_read_only', 'on', true)"));
  EXPECT_THAT(write[0], HasSubstr("BEGIN"));
  EXPECT_THAT(write[1], HasSubstr(R"(set_config('search_path', '"it''s"', true))"));
  EXPECT_THAT(write[1], HasSubstr("set_config('TimeZone', 'UTC', true)"));
  EXPECT_THAT(write[1], Not(HasSubstr("read_only")));
}

TEST(PostgresOptionsTest, ANameIsRepeatedForEachOfItsAddresses) {
  PostgresOptions o;
  o.host = "db";
  auto found = keywords(o, Role::read, "10.0.0.1,::1,10.0.0.2");
  EXPECT_EQ(found["host"], "db,db,db");
  EXPECT_EQ(found["hostaddr"], "10.0.0.1,::1,10.0.0.2");
  EXPECT_EQ(keywords(o, Role::read).count("hostaddr"), 0u);
}

}  // namespace
}  // namespace flotilla::postgres
