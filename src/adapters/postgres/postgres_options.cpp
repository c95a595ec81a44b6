#include "adapters/postgres/postgres_options.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "adapters/postgres/postgres_dialect.hpp"
#include "base/strings.hpp"
#include "data/sql/database.hpp"

namespace flotilla::postgres {
namespace {

using data::SqlError;

[[noreturn]] void refuse(std::string message) {
  throw SqlError(SqlError::Kind::unavailable, std::move(message));
}

[[noreturn]] void refuse_url() {
  refuse(
      "the address of PostgreSQL cannot be read: it looks like postgres://user:password@host:port/database");
}

int number(std::string_view name, std::string_view text) {
  int out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size())
    refuse(fmt::format("PostgreSQL: {} must be a number", name));
  return out;
}

/// Takes `name=value` out of the query of the URL.
std::optional<std::string> take_parameter(std::string& url, std::string_view name) {
  const std::size_t question = url.find('?');
  if (question == std::string::npos) return {};
  std::optional<std::string> found;
  std::vector<std::string> kept;
  for (const std::string& item : split(std::string_view(url).substr(question + 1), '&')) {
    std::string value;
    if (!item.starts_with(std::string(name) + "="))
      kept.push_back(item);
    else if (percent_decode(std::string_view(item).substr(name.size() + 1), value))
      found = value;
    else
      refuse_url();
  }
  if (found) url = url.substr(0, question) + (kept.empty() ? "" : "?") + join(kept, "&");
  return found;
}

/// A value inside the `options` of the start-up message: backslashes and spaces are escaped.
void append_setting(std::string& options, std::string_view name, std::string_view value) {
  if (!options.empty()) options += ' ';
  options += fmt::format("-c {}=", name);
  for (char c : value) {
    if (c == '\\' || c == ' ') options += '\\';
    options += c;
  }
}

/// What this adapter relies on, whatever the server's configuration says.
std::vector<std::pair<std::string, std::string>> session_settings(const PostgresOptions& options) {
  std::vector<std::pair<std::string, std::string>> out = {{"TimeZone", "UTC"},
                                                          {"DateStyle", "ISO"},
                                                          {"bytea_output", "hex"},
                                                          {"standard_conforming_strings", "on"}};
  if (!options.schema.empty()) out.emplace_back("search_path", postgres_dialect().quote(options.schema));
  if (options.statement_timeout_ms > 0)
    out.emplace_back("statement_timeout", std::to_string(options.statement_timeout_ms));
  return out;
}

}  // namespace

PostgresOptions parse_postgres_url(std::string_view url) {
  std::string rest(url);
  if (!rest.starts_with("postgres://") && !rest.starts_with("postgresql://")) refuse_url();
  PostgresOptions out;
  if (auto schema = take_parameter(rest, "schema")) out.schema = *schema;
  if (auto prepared = take_parameter(rest, "prepared")) {
    if (*prepared != "true" && *prepared != "false") refuse("PostgreSQL: prepared must be true or false");
    out.prepared = *prepared == "true";
  }
  char* message = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(rest.c_str(), &message),
                                                                      &PQconninfoFree);
  PQfreemem(message);  // it may hold the password
  if (!parsed) refuse_url();
  for (const PQconninfoOption* option = parsed.get(); option->keyword; ++option) {
    if (!option->val) continue;
    const std::string_view name = option->keyword;
    const std::string value = option->val;
    if (name == "host")
      out.host = value;
    else if (name == "port")
      out.port = number("the port", value);
    else if (name == "dbname")
      out.database = value;
    else if (name == "user")
      out.user = value;
    else if (name == "password")
      out.password = value;
    else if (name == "application_name")
      out.application_name = value;
    else if (name == "connect_timeout")
      out.connect_timeout_ms = number("connect_timeout", value) * 1000;
    else if (name == "sslmode")
      out.ssl.mode = value;
    else if (name == "sslrootcert")
      out.ssl.root_cert = value;
    else if (name == "sslcert")
      out.ssl.certificate = value;
    else if (name == "sslkey")
      out.ssl.key = value;
    else
      refuse(fmt::format("the address of PostgreSQL has the parameter {}, which is not supported", name));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> connect_keywords(const PostgresOptions& options, Role role,
                                                                  std::string_view addresses) {
  std::vector<std::pair<std::string, std::string>> out = {
      {"port", std::to_string(options.port)},
      {"client_encoding", "UTF8"},
      {"gssencmode", "disable"},  // asking Kerberos would block the event loop
      {"keepalives_idle", "30"},
      {"keepalives_interval", "10"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "30000"}};
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out.emplace_back(name, value);
  };
  if (addresses.empty()) {
    add("host", options.host);
  } else {
    // The name is repeated for each address: certificates are checked against it.
    const auto more = std::count(addresses.begin(), addresses.end(), ',');
    std::string hosts = options.host;
    for (auto i = more; i > 0; --i) hosts += "," + options.host;
    add("host", hosts);
    add("hostaddr", std::string(addresses));
  }
  add("dbname", options.database);
  add("user", options.user);
  add("password", options.password);
  add("application_name", options.application_name);
  add("sslmode", options.ssl.mode);
  add("sslrootcert", options.ssl.root_cert);
  add("sslcert", options.ssl.certificate);
  add("sslkey", options.ssl.key);
  if (!options.prepared) return out;
  std::string settings;
  for (const auto& [name, value] : session_settings(options)) append_setting(settings, name, value);
  if (role == Role::read) append_setting(settings, "default_transaction_read_only", "on");
  add("options", settings);
  return out;
}

std::vector<std::string> opening_statements(const PostgresOptions& options, Role role) {
  const bool reading = role == Role::read;
  std::vector<std::string> out;
  if (!reading) out.push_back("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  if (options.prepared) return out;
  std::vector<std::string> calls;
  if (reading) calls.push_back("set_config('transaction_read_only', 'on', true)");
  for (const auto& [name, value] : session_settings(options))
    calls.push_back(fmt::format("set_config('{}', {}, true)", name, text_literal(value, name)));
  out.push_back("SELECT " + join(calls, ", "));
  return out;
}

void check(const PostgresOptions& options) {
  static constexpr std::string_view kModes[] = {"",        "disable",   "allow",      "prefer",
                                                "require", "verify-ca", "verify-full"};
  if (options.port < 1 || options.port > 65535)
    refuse(fmt::format("PostgreSQL: the port must be 1 to 65535, it is {}", options.port));
  if (options.host.empty() || options.host.find(',') != std::string::npos)
    refuse("PostgreSQL: the host must be one name, address or folder of a socket");
  if (std::ranges::find(kModes, options.ssl.mode) == std::end(kModes))
    refuse(fmt::format("PostgreSQL: \"{}\" is no mode of TLS", options.ssl.mode));
  if (options.read_connections < 1 || options.read_connections > 100 || options.write_connections < 1 ||
      options.write_connections > 1000)
    refuse("PostgreSQL: takes 1 to 100 connections for reading and 1 to 1000 for writing");
  if (options.pipeline_max < 1) refuse("PostgreSQL: pipeline_max must be at least 1");
  if (options.connect_timeout_ms < 1 || options.acquire_timeout_ms < 1 || options.reply_timeout_ms < 0 ||
      options.statement_timeout_ms < 0 || options.idle_timeout_ms < 1 || options.close_timeout_ms < 0)
    refuse("PostgreSQL: a time-out is negative, or zero where waiting is needed");
}

}  // namespace flotilla::postgres
