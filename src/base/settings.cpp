#include "base/settings.hpp"

#include <algorithm>
#include <thread>

#include "base/settings_check.hpp"
#include "base/strings.hpp"
#include "base/zone_offset.hpp"

namespace flotilla {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::size_t kTokenBytesMin = 16;  ///< of FLOTILLA_METRICS_TOKEN

/// `base` and `path` joined, with one '/' at the start and between the parts, none at the end.
std::string join_path(std::string_view base, std::string_view path) {
  std::string out;
  for (std::string_view whole : {base, path}) {
    for (const std::string& part : split(whole, '/')) {
      if (!part.empty()) out += "/" + part;
    }
  }
  return out;
}

std::string url_path(const Environment& env, std::string_view name, std::string_view fallback) {
  std::string value = env.text(name, fallback);
  bool plain = std::ranges::all_of(value, [](char c) {
    return std::string_view("/-_.~").contains(c) || std::isalnum(static_cast<unsigned char>(c));
  });
  if (!plain || !value.starts_with('/') || value.contains("/../") || value.ends_with("/.."))
    throw SettingError(name, value,
                       "a path that starts with '/', of letters, digits, '-', '_', '.', '~' and '/'");
  return value;
}

HttpLimits http_limits(const Environment& env) {
  return {
      .idle_timeout = env.duration("FLOTILLA_HTTP_IDLE_TIMEOUT_MS", 65s, 100ms, 24h),
      .header_timeout = env.duration("FLOTILLA_HTTP_HEADER_TIMEOUT_MS", 10s, 100ms, 1h),
      .body_timeout = env.duration("FLOTILLA_HTTP_BODY_TIMEOUT_MS", 60s, 100ms, 24h),
      .connections_max =
          static_cast<std::uint32_t>(env.integer("FLOTILLA_HTTP_CONNECTIONS_MAX", 10'000, 1, 1'000'000)),
      .header_bytes_max = static_cast<std::uint32_t>(
          env.size_bytes("FLOTILLA_HTTP_HEADER_BYTES_MAX", 64u << 10, 1u << 10, 1u << 20)),
      .body_bytes_max = env.size_bytes("REQUEST_BODY_LIMIT", 10u << 20, 1, 1u << 30),
      .upload_bytes_max = env.size_bytes("FLOTILLA_HTTP_UPLOAD_BYTES_MAX", 100u << 20, 1, 1u << 30),
  };
}

Networks trusted_proxies(const Environment& env) {
  const std::string text = env.text("FLOTILLA_TRUSTED_PROXIES", "127.0.0.1,::1");
  std::optional<Networks> networks = Networks::parse(text);
  if (!networks)
    throw SettingError("FLOTILLA_TRUSTED_PROXIES", text, "a list of addresses and networks: 10.0.0.0/8,::1");
  return std::move(*networks);
}

MetricsAccess metrics_access(const Environment& env) {
  const std::string allow = env.text("FLOTILLA_METRICS_ALLOW", "127.0.0.1,::1");
  std::optional<Networks> networks = Networks::parse(allow == "none" ? "" : allow);
  if (!networks)
    throw SettingError("FLOTILLA_METRICS_ALLOW", allow,
                       "a list of addresses and networks such as 10.0.0.0/8,::1, or none");
  MetricsAccess out{std::move(*networks), env.text("FLOTILLA_METRICS_TOKEN"),
                    env.duration("FLOTILLA_METRICS_INTERVAL_MS", 5s, 100ms, 1h)};
  if (!out.token.empty() && out.token.size() < kTokenBytesMin)
    throw SettingError("FLOTILLA_METRICS_TOKEN", "is too short: it takes at least 16 bytes");
  return out;
}

OverloadSettings overload_settings(const Environment& env) {
  return {.enabled = env.boolean("FLOTILLA_OVERLOAD", true),
          .target = env.duration("FLOTILLA_OVERLOAD_TARGET_MS", 20ms, 1ms, 10s),
          .waiting_max =
              static_cast<std::uint32_t>(env.integer("FLOTILLA_OVERLOAD_WAITING_MAX", 1'000, 1, 1'000'000)),
          .user_rate = env.integer("FLOTILLA_RATE_LIMIT_PER_USER", 0, 0, 1'000'000)};
}

MailSettings mail_settings(const Environment& env) {
  MailSettings out;
  if (!env.find("FLOTILLA_SMTP_URL")) return out;
  out.smtp_url = env.url("FLOTILLA_SMTP_URL", {"smtp", "smtps"});
  out.from = env.text("FLOTILLA_SMTP_FROM");
  const bool address = out.from.contains('@') && out.from.find_first_of("<> \t\r\n") == out.from.npos;
  if (!address) throw SettingError("FLOTILLA_SMTP_FROM", out.from, "an address, next to FLOTILLA_SMTP_URL");
  if (!env.find("FLOTILLA_PUBLIC_URL"))
    throw SettingError("FLOTILLA_PUBLIC_URL",
                       "is not set, and FLOTILLA_SMTP_URL needs it: links in mails begin with it");
  out.public_url = env.url("FLOTILLA_PUBLIC_URL", {"https", "http"});
  while (out.public_url.ends_with('/')) out.public_url.pop_back();
  return out;
}

SignInLimits sign_in_limits(const Environment& env) {
  return {.failures_per_account = env.integer("FLOTILLA_SIGN_IN_FAILURES_PER_ACCOUNT", 10, 0, 1'000'000),
          .failures_per_address = env.integer("FLOTILLA_SIGN_IN_FAILURES_PER_ADDRESS", 100, 0, 1'000'000),
          .window = env.duration("FLOTILLA_SIGN_IN_WINDOW_MS", 15min, 1s, 24h)};
}

int zone_minutes(const Environment& env) {
  const std::string* zone = env.find("DB_TIMEZONE");
  const std::string* tz = env.find("TZ");
  auto offset = [](std::string_view name, const std::string& value) {
    auto minutes = zone_offset_minutes(value);
    if (!minutes)
      throw SettingError(name, value, "an offset such as +08:00, UTC, or a time zone this machine knows");
    return *minutes;
  };
  if (!zone) return tz ? offset("TZ", *tz) : 0;
  int minutes = offset("DB_TIMEZONE", *zone);
  if (tz && offset("TZ", *tz) != minutes)
    throw SettingError("DB_TIMEZONE", *zone,
                       "the offset that TZ (" + *tz + ") has now, or leave one of them out");
  return minutes;
}

LogLevel log_level(const Environment& env, bool development) {
  std::string level =
      env.choice("LOGGER_LEVEL", development ? "debug" : "info", {"trace", "debug", "info", "warn", "error"});
  if (env.boolean("LOGGER_SILENT", false)) return LogLevel::off;
  if (level == "trace") return LogLevel::trace;
  if (level == "debug") return LogLevel::debug;
  if (level == "info") return LogLevel::info;
  return level == "warn" ? LogLevel::warn : LogLevel::error;
}

/// LOGGER_MAX_FILES: a number of files, or of days with a `d`; a daily file is one day.
void log_file_limits(const Environment& env, LogSettings& log) {
  if (const std::string* files = env.find("LOGGER_MAX_FILES")) {
    std::string number = files->ends_with('d') ? files->substr(0, files->size() - 1) : *files;
    bool digits = !number.empty() && number.size() <= 4 &&
                  std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
    int count = digits ? std::stoi(number) : 0;
    if (count < 1)
      throw SettingError("LOGGER_MAX_FILES", *files, "a number of files (10) or days (14d), from 1 to 9999");
    log.files_max = log.daily_files_max = static_cast<std::uint16_t>(count);
  }
  if (const std::string* size = env.find("LOGGER_MAX_SIZE")) {
    bool short_unit = std::string_view("kmg").contains(
        static_cast<char>(std::tolower(static_cast<unsigned char>(size->back()))));
    long long bytes = parse_size_bytes(short_unit ? *size + "b" : *size);
    if (bytes < 4096) throw SettingError("LOGGER_MAX_SIZE", *size, "a size such as 20m, at least 4096 bytes");
    log.file_bytes_max = static_cast<std::uint64_t>(bytes);
  }
}

LogSettings log_settings(const Environment& env, const fs::path& storage, bool development) {
  LogSettings log;
  log.level = log_level(env, development);
  std::string format =
      env.choice("LOGGER_FORMAT", development ? "console" : "json", {"json", "console", "logfmt"});
  log.format = format == "json"      ? LogFormat::json
               : format == "console" ? LogFormat::console
                                     : LogFormat::logfmt;
  log.folder = storage / "logs" / "main";
  log.to_console = false;
  for (const std::string& item : split(env.text("LOGGER_TRANSPORT", "console,dailyRotateFile"), ',')) {
    std::string_view name = trim(item);
    if (name == "console") {
      log.to_console = true;
    } else if (name == "file") {
      log.to_file = true;
    } else if (name == "dailyRotateFile") {
      log.to_daily_file = true;
    } else {
      throw SettingError("LOGGER_TRANSPORT", name, "a list of console, file, dailyRotateFile");
    }
  }
  log_file_limits(env, log);
  return log;
}

}  // namespace

Settings load_settings(const Environment& env) {
  refuse_unsupported(env);
  Settings out;
  out.env = env.text("APP_ENV", "development");
  out.storage = env.path("STORAGE_PATH", "storage");
  out.host = env.text("APP_HOST", "0.0.0.0");
  out.port = env.port("APP_PORT", 13000);
  std::string public_path = url_path(env, "APP_PUBLIC_PATH", "/");
  out.public_path = join_path(public_path, "") + "/";
  out.api_base_path = join_path(public_path, url_path(env, "API_BASE_PATH", "/api/")) + "/";
  if (out.api_base_path == "/") throw SettingError("API_BASE_PATH", "/", "a path of its own, such as /api/");
  out.ws_path = join_path(public_path, url_path(env, "WS_PATH", "/ws"));
  out.http = http_limits(env);
  out.cors_origin_whitelist = env.text("CORS_ORIGIN_WHITELIST");
  out.cors_disallow_no_origin = env.boolean("CORS_DISALLOW_NO_ORIGIN", false);
  out.disable_acl_meta = env.boolean("DISABLE_ACL_META", false);
  out.trusted_proxies = trusted_proxies(env);
  out.metrics = metrics_access(env);
  out.overload = overload_settings(env);
  out.sign_in = sign_in_limits(env);
  out.mail = mail_settings(env);
  out.audit = env.boolean("FLOTILLA_AUDIT", true);
  out.audit_keep = env.duration("FLOTILLA_AUDIT_KEEP", 2160h, 0ms, 876'000h);

  out.app_key = env.text("APP_KEY");
  out.unsafe_use_default_jwt_secret = env.boolean("UNSAFE_USE_DEFAULT_JWT_SECRET", false);
  out.jwt_expires_in = env.duration("JWT_EXPIRES_IN", 168h, 1s, 876'000h);

  out.database = database_settings(env, out.storage);
  out.cluster = cluster_settings(env);
  out.worker_mode = WorkerMode::parse(env.text("WORKER_MODE"));
  out.zone_minutes = zone_minutes(env);
  out.root = {.email = env.text("INIT_ROOT_EMAIL", "admin@nocobase.com"),
              .password = env.text("INIT_ROOT_PASSWORD", "admin123"),
              .nickname = env.text("INIT_ROOT_NICKNAME", "Super Admin"),
              .username = env.text("INIT_ROOT_USERNAME", "nocobase")};
  out.init_lang = env.text("INIT_APP_LANG", "en-US");
  out.lang = env.text("APP_LANG", "en-US");
  out.export_rows_max = static_cast<std::uint32_t>(env.integer("EXPORT_LIMIT", 2000, 1, 1'000'000));

  out.log = log_settings(env, out.storage, out.env == "development");
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  // Of several processes each takes its part of the cores.
  const unsigned processes = out.cluster.processes;
  const unsigned loops = processes > 1 ? cores / processes : cores - 1;
  cores /= processes;
  out.threads = static_cast<unsigned>(env.integer("FLOTILLA_THREADS", std::max(1u, loops), 1, 256));
  out.scrypt_threads =
      static_cast<unsigned>(env.integer("FLOTILLA_SCRYPT_THREADS", std::max(1u, cores / 2), 1, 64));
  return out;
}

}  // namespace flotilla
