#include "base/zone_offset.hpp"

#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace flotilla {
namespace {

std::optional<int> numeric_offset(const std::string& zone) {
  if (zone.size() < 5 || zone.size() > 6 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  std::string digits = zone.substr(1);
  if (digits.size() == 5) {
    if (digits[2] != ':') return std::nullopt;
    digits.erase(2, 1);
  }
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  if (digits.size() != 4) return std::nullopt;
  int hours = std::stoi(digits.substr(0, 2));
  int minutes = std::stoi(digits.substr(2));
  // The widest offsets in use are -12:00 and +14:00.
  if (hours > 14 || minutes > 59) return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

int named_offset(const std::string& zone) {
  const char* before = std::getenv("TZ");
  std::string saved = before ? before : "";
  setenv("TZ", (":" + zone).c_str(), 1);
  tzset();
  std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  if (before) {
    setenv("TZ", saved.c_str(), 1);
  } else {
    unsetenv("TZ");
  }
  tzset();
  return static_cast<int>(local.tm_gmtoff / 60);
}

}  // namespace

std::optional<int> zone_offset_minutes(const std::string& zone) {
  if (zone == "UTC" || zone == "GMT" || zone == "Z" || zone == "Etc/UTC") return 0;
  if (auto offset = numeric_offset(zone)) return offset;
  std::string name = zone.starts_with(':') ? zone.substr(1) : zone;
  if (name.empty() || name.starts_with('/') || name.contains("..")) return std::nullopt;
  // The C library takes an unknown name for UTC without a word, so look whether it exists.
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(std::filesystem::path("/usr/share/zoneinfo") / name, ignored))
    return std::nullopt;
  return named_offset(name);
}

}  // namespace flotilla
