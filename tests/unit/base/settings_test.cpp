#include "base/settings.hpp"

#include <gtest/gtest.h>

namespace flotilla {
namespace {

using namespace std::chrono_literals;

Settings load(Environment::Values values) { return load_settings(Environment(std::move(values))); }

std::string failure(Environment::Values values) {
  try {
    load(std::move(values));
  } catch (const SettingError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Settings, DefaultsAreThoseOfNocobase) {
  Settings s = load({{"STORAGE_PATH", "/data"}});
  EXPECT_EQ(s.host, "0.0.0.0");
  EXPECT_EQ(s.port, 13000);
  EXPECT_EQ(s.api_base_path, "/api/");
  EXPECT_EQ(s.ws_path, "/ws");
  EXPECT_EQ(s.public_path, "/");
  EXPECT_EQ(s.http.body_bytes_max, 10u << 20);
  EXPECT_EQ(s.jwt_expires_in, 168h);
  EXPECT_EQ(s.database.dialect, "sqlite");
  EXPECT_EQ(s.database.storage, "/data/db/nocobase.sqlite");
  EXPECT_FALSE(s.database.underscored);
  EXPECT_EQ(s.zone_minutes, 0);
  EXPECT_EQ(s.root.username, "nocobase");
  EXPECT_EQ(s.root.email, "admin@nocobase.com");
  EXPECT_EQ(s.root.nickname, "Super Admin");
  EXPECT_EQ(s.export_rows_max, 2000u);
  EXPECT_EQ(s.log.folder, "/data/logs/main");
  EXPECT_TRUE(s.log.to_console);
  EXPECT_TRUE(s.log.to_daily_file);
  EXPECT_FALSE(s.log.to_file);
  EXPECT_GE(s.threads, 1u);
  EXPECT_GE(s.scrypt_threads, 1u);
}

TEST(Settings, PathsJoinBelowThePublicPath) {
  Settings s = load({{"APP_PUBLIC_PATH", "/tools"}, {"API_BASE_PATH", "/rest"}, {"WS_PATH", "/live/"}});
  EXPECT_EQ(s.public_path, "/tools/");
  EXPECT_EQ(s.api_base_path, "/tools/rest/");
  EXPECT_EQ(s.ws_path, "/tools/live");
}

TEST(Settings, RefusesOddPaths) {
  EXPECT_NE(failure({{"API_BASE_PATH", "api"}}), "no error");
  EXPECT_NE(failure({{"API_BASE_PATH", "/"}}), "no error");
  EXPECT_NE(failure({{"APP_PUBLIC_PATH", "/a/../b"}}), "no error");
  EXPECT_NE(failure({{"WS_PATH", "/a?b"}}), "no error");
}

TEST(Settings, RefusesWhatIsNotThereYet) {
  for (auto [name, value] : {std::pair{"APP_MODE", "supervisor"}, {"TELEMETRY_ENABLED", "on"}}) {
    std::string text = failure({{name, value}});
    EXPECT_TRUE(text.starts_with(std::string(name) + ": is not supported by this version"))
        << name << " -> " << text;
  }
}

TEST(Settings, TakesTheValuesThatAskForNothing) {
  EXPECT_NO_THROW(load({{"CACHE_DEFAULT_STORE", "memory"},
                        {"QUEUE_ADAPTER", "memory"},
                        {"LOCK_ADAPTER_DEFAULT", "local"},
                        {"CLUSTER_MODE", "1"},
                        {"WORKER_MODE", ""},
                        {"TELEMETRY_ENABLED", "off"},
                        {"DB_HOST", "localhost"},
                        {"CDN_BASE_URL", "x"},
                        {"SOCKET_PATH", "y"}}));
}

TEST(Settings, NeverShowsASecret) {
  EXPECT_FALSE(failure({{"REDIS_URL", "http://me:hunter2@h"}}).contains("hunter2"));
  EXPECT_FALSE(failure({{"UNSAFE_USE_DEFAULT_JWT_SECRET", "hunter2"}}).contains("hunter2"));
}

TEST(Settings, TimeZone) {
  EXPECT_EQ(load({{"DB_TIMEZONE", "+08:00"}}).zone_minutes, 480);
  EXPECT_EQ(load({{"DB_TIMEZONE", "-03:30"}}).zone_minutes, -210);
  EXPECT_EQ(load({{"TZ", "UTC"}}).zone_minutes, 0);
  EXPECT_EQ(load({{"TZ", "+0530"}}).zone_minutes, 330);
  EXPECT_EQ(load({{"TZ", "+08:00"}, {"DB_TIMEZONE", "+0800"}}).zone_minutes, 480);
  EXPECT_NE(failure({{"TZ", "+08:00"}, {"DB_TIMEZONE", "+09:00"}}), "no error");
  for (const char* bad :
       {"8", "+8:00", "+15:00", "+08:60", "Nowhere/Land", "../../etc/passwd", "+08.00", "/etc/localtime"})
    EXPECT_NE(failure({{"DB_TIMEZONE", bad}}), "no error") << bad;
}

TEST(Settings, UnderscoredCountsOnlyTheExactText) {
  EXPECT_TRUE(load({{"DB_UNDERSCORED", "true"}}).database.underscored);
  EXPECT_FALSE(load({{"DB_UNDERSCORED", "1"}}).database.underscored);
  EXPECT_FALSE(load({{"DB_UNDERSCORED", "TRUE"}}).database.underscored);
}

TEST(Settings, DatabaseNamesAndFiles) {
  EXPECT_EQ(load({{"DB_TABLE_PREFIX", "app_"}}).database.table_prefix, "app_");
  EXPECT_NE(failure({{"DB_TABLE_PREFIX", "a\"; b"}}), "no error");
  EXPECT_NE(failure({{"DB_STORAGE", ":memory:"}}), "no error");
  EXPECT_EQ(load({{"FLOTILLA_SQLITE_SYNCHRONOUS", "normal"}}).database.sqlite_synchronous,
            SqliteSynchronous::normal);
}

TEST(Settings, Log) {
  EXPECT_EQ(load({}).log.level, LogLevel::debug);
  EXPECT_EQ(load({}).log.format, LogFormat::console);
  LogSettings log = load({{"APP_ENV", "production"}}).log;
  EXPECT_EQ(log.level, LogLevel::info);
  EXPECT_EQ(log.format, LogFormat::json);
  EXPECT_EQ(load({{"LOGGER_SILENT", "true"}}).log.level, LogLevel::off);
  EXPECT_EQ(failure({{"LOGGER_TRANSPORT", "console,syslog"}}),
            "LOGGER_TRANSPORT: got \"syslog\", takes a list of console, file, dailyRotateFile");
  log = load({{"LOGGER_TRANSPORT", "file"}, {"LOGGER_MAX_FILES", "30d"}, {"LOGGER_MAX_SIZE", "5m"}}).log;
  EXPECT_TRUE(log.to_file);
  EXPECT_FALSE(log.to_console);
  EXPECT_EQ(log.daily_files_max, 30);
  EXPECT_EQ(log.file_bytes_max, 5u << 20);
  for (const char* bad : {"0", "x", "d", "-1", "99999"})
    EXPECT_NE(failure({{"LOGGER_MAX_FILES", bad}}), "no error") << bad;
}

TEST(Settings, HttpLimitsHaveRanges) {
  EXPECT_EQ(load({{"FLOTILLA_HTTP_IDLE_TIMEOUT_MS", "5000"}}).http.idle_timeout, 5s);
  EXPECT_EQ(load({{"REQUEST_BODY_LIMIT", "1kb"}}).http.body_bytes_max, 1024u);
  EXPECT_NE(failure({{"FLOTILLA_HTTP_CONNECTIONS_MAX", "0"}}), "no error");
  EXPECT_NE(failure({{"FLOTILLA_HTTP_HEADER_BYTES_MAX", "10"}}), "no error");
  EXPECT_NE(failure({{"FLOTILLA_THREADS", "0"}}), "no error");
}

}  // namespace
}  // namespace flotilla
