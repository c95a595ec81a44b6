#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "ops/doctor.hpp"

namespace flotilla::ops {
namespace {

namespace fs = std::filesystem;
using State = CheckResult::State;

constexpr std::uintmax_t kFreeBytesMin = 64u << 20;
constexpr std::uintmax_t kFreeBytesLow = 1u << 30;

/// The folder itself, or what of its path exists: that is where it would be made.
fs::path existing_part(fs::path path) {
  while (!path.empty() && !fs::exists(path) && path != path.parent_path()) path = path.parent_path();
  return path;
}

std::string size_text(std::uintmax_t bytes) {
  double gib = static_cast<double>(bytes) / (1u << 30);
  return gib >= 1 ? fmt::format("{:.1f} GiB", gib)
                  : fmt::format("{:.0f} MiB", static_cast<double>(bytes) / (1u << 20));
}

}  // namespace

CheckResult check_storage(const Settings& settings) {
  const fs::path& folder = settings.storage;
  fs::path there = existing_part(folder);
  if (!fs::is_directory(there))
    return {"storage", State::failed,
            fmt::format("{} is a file; STORAGE_PATH takes a folder", there.string())};
  if (::access(there.c_str(), W_OK | X_OK) != 0)
    return {"storage", State::failed,
            fmt::format("{} cannot be written: {}", there.string(), std::strerror(errno))};
  std::uintmax_t free = fs::space(there).available;
  std::string detail = fmt::format("{}{}, {} free", folder.string(), there == folder ? "" : " (will be made)",
                                   size_text(free));
  if (free < kFreeBytesMin) return {"storage", State::failed, detail + "; too little to work with"};
  if (free < kFreeBytesLow) return {"storage", State::warning, detail + "; make room soon"};
  return {"storage", State::ok, detail};
}

CheckResult check_database_file(const Settings& settings) {
  const fs::path& path = settings.database.storage;
  if (!fs::exists(path))
    return {"database", State::ok, fmt::format("{} is not there yet: the start makes it", path.string())};
  if (!fs::is_regular_file(path))
    return {"database", State::failed, fmt::format("{} is not a file", path.string())};
  if (fs::file_size(path) == 0)
    return {"database", State::ok, fmt::format("{} is empty: the start fills it", path.string())};
  if (::access(path.c_str(), R_OK | W_OK) != 0)
    return {"database", State::failed,
            fmt::format("{} cannot be written: {}", path.string(), std::strerror(errno))};
  // The first 16 bytes of every SQLite 3 file; https://www.sqlite.org/fileformat.html section 1.3.
  static constexpr std::string_view kMagic{"SQLite format 3\0", 16};
  std::array<char, 16> head{};
  std::ifstream(path, std::ios::binary).read(head.data(), head.size());
  if (std::string_view(head.data(), head.size()) != kMagic)
    return {"database", State::failed, fmt::format("{} is not a SQLite database", path.string())};
  return {"database", State::ok, ""};
}

}  // namespace flotilla::ops
