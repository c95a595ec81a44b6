#include "adapters/redis/redis_url.hpp"

#include <charconv>

#include "base/env.hpp"
#include "base/strings.hpp"

namespace flotilla::redis {

namespace {

constexpr std::string_view kTakes =
    "takes redis://[user[:password]@]host[:port][/db] or unix:///path/to.sock[?db=n]";
constexpr int kDatabaseMax = 1'000'000;  // Redis itself says what it has; this only keeps numbers sane

[[noreturn]] void refuse(std::string_view variable, std::string_view why) {
  throw SettingError(variable, std::string(why) + "; it " + std::string(kTakes));
}

template <class T>
bool whole_number(std::string_view text, T min, T max, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= min && out <= max;
}

std::string decode(std::string_view variable, std::string_view text, std::string_view part) {
  std::string out;
  if (!percent_decode(text, out))
    refuse(variable, "its " + std::string(part) + " is not percent-encoded properly");
  return out;
}

int database_number(std::string_view variable, std::string_view text) {
  int number = 0;
  if (!whole_number(text, 0, kDatabaseMax, number))
    refuse(variable, "its database is not a number from 0 up");
  return number;
}

void take_user(RedisUrl& url, std::string_view info) {
  const auto colon = info.find(':');
  url.user = decode(url.variable, info.substr(0, colon), "user");
  if (colon != std::string_view::npos)
    url.password = decode(url.variable, info.substr(colon + 1), "password");
  if (!url.user.empty() && url.password.empty()) refuse(url.variable, "it has a user but no password");
}

void take_query(RedisUrl& url, std::string_view query) {
  for (const std::string& pair : split(query, '&')) {
    if (pair.empty()) continue;
    if (!pair.starts_with("db=")) refuse(url.variable, "its query has something else than db=n");
    url.database = database_number(url.variable, std::string_view(pair).substr(3));
  }
}

void take_address(RedisUrl& url, std::string_view address) {
  std::string_view port;
  if (address.starts_with('[')) {  // [::1]:6379
    const auto end = address.find(']');
    if (end == std::string_view::npos) refuse(url.variable, "its host has a '[' without a ']'");
    url.host = address.substr(1, end - 1);
    port = address.substr(end + 1);
    if (!port.empty() && port.front() != ':')
      refuse(url.variable, "its host is followed by something that is no port");
  } else {
    const auto colon = address.find(':');
    url.host = decode(url.variable, address.substr(0, colon), "host");
    if (colon != std::string_view::npos) port = address.substr(colon);
  }
  if (url.host.empty()) refuse(url.variable, "it has no host");
  if (!port.empty() && !whole_number<std::uint16_t>(port.substr(1), 1, 65535, url.port))
    refuse(url.variable, "its port is not a number from 1 to 65535");
}

}  // namespace

RedisUrl RedisUrl::parse(std::string_view variable, std::string_view text) {
  RedisUrl url;
  url.variable = variable;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) refuse(variable, "it has no scheme");
  const std::string scheme = lower(text.substr(0, scheme_end));
  if (scheme == "rediss")
    throw SettingError(variable,
                       "rediss:// (TLS) is not supported by this build; use redis:// over a private "
                       "network or a local TLS proxy");
  const bool unix_socket = scheme == "unix" || scheme == "redis+unix";
  if (scheme != "redis" && !unix_socket) refuse(variable, "its scheme is unknown");

  std::string_view rest = text.substr(scheme_end + 3);
  if (rest.find('#') != std::string_view::npos)
    refuse(variable, "it has a '#' (write %23 when it belongs to the password)");
  // The last '@' before the path ends the user: an unencoded '@' in a password is common and unambiguous
  // here. A socket's path may hold one too, so there the search ends at the first '/'.
  std::string_view query;
  if (const auto mark = rest.rfind('?'); mark != std::string_view::npos && mark > rest.rfind('@') + 1) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  const std::string_view before_path = unix_socket ? rest.substr(0, rest.find('/')) : rest;
  if (const auto at = before_path.rfind('@'); at != std::string_view::npos) {
    take_user(url, rest.substr(0, at));
    rest = rest.substr(at + 1);
  }
  take_query(url, query);

  if (unix_socket) {
    if (!rest.starts_with('/')) refuse(variable, "the path of its socket is not absolute");
    url.socket = decode(variable, rest, "path");
    if (url.socket.size() >= 108) refuse(variable, "the path of its socket is longer than 107 bytes");
    url.port = 0;
    return url;
  }
  const auto slash = rest.find('/');
  take_address(url, rest.substr(0, slash));
  if (slash != std::string_view::npos && slash + 1 < rest.size())
    url.database = database_number(variable, rest.substr(slash + 1));
  return url;
}

std::string RedisUrl::shown() const {
  const std::string number = "/" + std::to_string(database);
  if (!socket.empty()) return socket + (database ? "?db=" + std::to_string(database) : "");
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + number;
}

bool RedisUrl::same_server(const RedisUrl& other) const {
  return host == other.host && port == other.port && socket == other.socket && user == other.user &&
         password == other.password && database == other.database;
}

}  // namespace flotilla::redis
