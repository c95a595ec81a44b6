#include "base/env.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include "base/dotenv.hpp"
#include "base/redact.hpp"
#include "base/strings.hpp"

namespace flotilla {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEnvFileBytesMax = 1 << 20;

std::string shown(std::string_view name, std::string_view value) {
  constexpr std::size_t kShownMax = 120;
  std::string text = redact(name, value);
  if (text.size() > kShownMax) text = text.substr(0, kShownMax) + "…";
  // One line: a control character in a value must not forge further lines of output.
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path)) throw SettingError(path.string(), "cannot be read");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.size() > kEnvFileBytesMax) throw SettingError(path.string(), "is over 1 MiB");
  return text;
}

}  // namespace

SettingError::SettingError(std::string_view name, std::string_view got, std::string_view takes)
    : Error(500, fmt::format("{}: got \"{}\", takes {}", name, shown(name, got), takes)) {}

SettingError::SettingError(std::string_view name, std::string_view why)
    : Error(500, fmt::format("{}: {}", name, why)) {}

Environment Environment::of_process(const std::optional<fs::path>& file) {
  Values values;
  fs::path path = file.value_or(".env");
  if (file || fs::exists(path)) {
    auto lines = parse_dotenv(read_file(path), path.string());
    values.insert(lines.begin(), lines.end());
  }
  for (char** entry = environ; *entry; ++entry) {
    std::string_view text = *entry;
    std::size_t equals = text.find('=');
    if (equals != text.npos)
      values.insert_or_assign(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
  }
  return Environment(std::move(values));
}

const std::string* Environment::find(std::string_view name) const {
  auto at = values_.find(name);
  return at == values_.end() || at->second.empty() ? nullptr : &at->second;
}

std::string Environment::text(std::string_view name, std::string_view fallback) const {
  const std::string* value = find(name);
  return value ? *value : std::string(fallback);
}

std::int64_t Environment::integer(std::string_view name, std::int64_t fallback, std::int64_t min,
                                  std::int64_t max) const {
  const std::string* value = find(name);
  if (!value) return fallback;
  std::string_view digits = trim(*value);
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < min || number > max)
    throw SettingError(name, *value, fmt::format("a whole number from {} to {}", min, max));
  return number;
}

std::uint16_t Environment::port(std::string_view name, std::uint16_t fallback) const {
  try {
    return static_cast<std::uint16_t>(integer(name, fallback, 1, 65535));
  } catch (const SettingError&) {
    throw SettingError(name, *find(name), "a port from 1 to 65535");
  }
}

bool Environment::boolean(std::string_view name, bool fallback) const {
  const std::string* value = find(name);
  if (!value) return fallback;
  std::string word = lower(trim(*value));
  for (std::string_view yes : {"true", "1", "yes", "on"}) {
    if (word == yes) return true;
  }
  for (std::string_view no : {"false", "0", "no", "off"}) {
    if (word == no) return false;
  }
  throw SettingError(name, *value, "true or false");
}

std::uint64_t Environment::size_bytes(std::string_view name, std::uint64_t fallback, std::uint64_t min,
                                      std::uint64_t max) const {
  const std::string* value = find(name);
  if (!value) return fallback;
  long long bytes = parse_size_bytes(*value);
  if (bytes < 0 || static_cast<std::uint64_t>(bytes) < min || static_cast<std::uint64_t>(bytes) > max)
    throw SettingError(name, *value,
                       fmt::format("a size such as 512kb or 10mb, from {} to {} bytes", min, max));
  return static_cast<std::uint64_t>(bytes);
}

std::chrono::milliseconds Environment::duration(std::string_view name, std::chrono::milliseconds fallback,
                                                std::chrono::milliseconds min,
                                                std::chrono::milliseconds max) const {
  const std::string* value = find(name);
  if (!value) return fallback;
  long long ms = parse_duration_ms(*value);
  if (ms < min.count() || ms > max.count())
    throw SettingError(name, *value,
                       fmt::format("milliseconds or a duration such as 30s or 7d, from {} to {} ms",
                                   min.count(), max.count()));
  return std::chrono::milliseconds(ms);
}

std::string Environment::choice(std::string_view name, std::string_view fallback,
                                std::initializer_list<std::string_view> allowed) const {
  const std::string* value = find(name);
  if (!value) return std::string(fallback);
  if (std::ranges::find(allowed, std::string_view(*value)) == allowed.end())
    throw SettingError(name, *value, fmt::format("{}", fmt::join(allowed, ", ")));
  return *value;
}

fs::path Environment::path(std::string_view name, const fs::path& fallback) const {
  const std::string* value = find(name);
  return fs::absolute(value ? fs::path(*value) : fallback).lexically_normal();
}

std::string Environment::url(std::string_view name, std::initializer_list<std::string_view> schemes) const {
  const std::string* value = find(name);
  if (!value) return {};
  std::size_t colon = value->find("://");
  bool known = colon != value->npos &&
               std::ranges::find(schemes, std::string_view(*value).substr(0, colon)) != schemes.end();
  const std::string_view not_first = value->starts_with("unix:") ? "?#" : "/?#";
  bool host = known && colon + 3 < value->size() && !not_first.contains((*value)[colon + 3]);
  if (!host || std::ranges::any_of(*value, [](unsigned char c) { return c <= 0x20 || c == 0x7f; }))
    throw SettingError(name, *value,
                       fmt::format("a URL that starts with {}://", fmt::join(schemes, ":// or ")));
  return *value;
}

}  // namespace flotilla
