#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/cluster_settings.hpp"
#include "base/database_settings.hpp"
#include "base/env.hpp"
#include "base/log_settings.hpp"
#include "base/mail.hpp"
#include "base/networks.hpp"
#include "base/worker_mode.hpp"

namespace flotilla {

/// Limits and time-outs of the HTTP server.
struct HttpLimits {
  std::chrono::milliseconds idle_timeout;    ///< between two requests of a connection
  std::chrono::milliseconds header_timeout;  ///< from the first byte of a request to the end of its head
  std::chrono::milliseconds body_timeout;    ///< from the end of the head to the end of the body
  std::uint32_t connections_max;             ///< open at once; more are closed on arrival
  std::uint32_t header_bytes_max;            ///< request line and header fields together
  std::uint64_t body_bytes_max;              ///< REQUEST_BODY_LIMIT: json, form and text bodies
  std::uint64_t upload_bytes_max;            ///< multipart bodies
};

/// Failed sign-ins after which no more are looked at until the window ends; 0: any number.
struct SignInLimits {
  std::int64_t failures_per_account = 10;
  std::int64_t failures_per_address = 100;
  std::chrono::milliseconds window{900'000};
};

/// Who may read what the node measures.
struct MetricsAccess {
  Networks allow;                      ///< FLOTILLA_METRICS_ALLOW
  std::string token;                   ///< FLOTILLA_METRICS_TOKEN; empty: none
  std::chrono::milliseconds interval;  ///< between two looks at what takes time to look at
};

/// What a node does when more is asked of it than it can.
struct OverloadSettings {
  bool enabled;                      ///< FLOTILLA_OVERLOAD
  std::chrono::milliseconds target;  ///< how long requests may wait inside on average
  std::uint32_t waiting_max;         ///< requests that wait to be begun
  std::int64_t user_rate;            ///< FLOTILLA_RATE_LIMIT_PER_USER, a second; 0: any number
};

/// The first user of a new database.
struct RootUser {
  std::string email;
  std::string password;
  std::string nickname;
  std::string username;
};

/// Everything the server takes from its environment, read and checked once at start. Immutable afterwards.
struct Settings {
  std::string env;                ///< APP_ENV
  std::filesystem::path storage;  ///< root of all local state, absolute
  std::string host;               ///< address to listen on
  std::uint16_t port;
  std::string public_path;    ///< starts and ends with '/'
  std::string api_base_path;  ///< public path included; starts and ends with '/'
  std::string ws_path;        ///< public path included; starts with '/', does not end with it
  HttpLimits http;
  std::string cors_origin_whitelist;  ///< comma separated, as given
  bool cors_disallow_no_origin;
  bool disable_acl_meta;
  Networks trusted_proxies;  ///< whose X-Forwarded-For is believed
  MetricsAccess metrics;
  OverloadSettings overload;
  SignInLimits sign_in;
  MailSettings mail;
  bool audit;                            ///< who did what is written down
  std::chrono::milliseconds audit_keep;  ///< for how long; 0: for ever

  std::string app_key;  ///< may be empty: a random secret is then kept in the storage folder
  bool unsafe_use_default_jwt_secret;
  std::chrono::milliseconds jwt_expires_in;

  DatabaseSettings database;
  ClusterSettings cluster;
  WorkerMode worker_mode;
  int zone_minutes;  ///< of the database, east of UTC
  RootUser root;
  std::string init_lang;  ///< language of the system settings at installation
  std::string lang;       ///< fall-back language of answers
  std::uint32_t export_rows_max;

  LogSettings log;
  unsigned threads;         ///< event loops
  unsigned scrypt_threads;  ///< threads that hash passwords
};

/// Reads and checks all of it. Throws SettingError for the first variable that is wrong, or that asks for
/// something this version does not do.
Settings load_settings(const Environment& environment);

}  // namespace flotilla
