#include "app/storage_marker.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace flotilla::app {

namespace {

constexpr std::size_t kMarkerLength = 20;

std::string read_line(const std::filesystem::path& path) {
  std::string text;
  std::ifstream in(path);
  std::getline(in, text);
  return text;
}

}  // namespace

std::string storage_marker(const std::filesystem::path& storage, Random& random) {
  const std::filesystem::path path = storage / "apps" / "main" / "storage_marker";
  if (std::string known = read_line(path); !known.empty()) return known;
  std::filesystem::create_directories(path.parent_path());
  // Whole before it has its name, and link() does not replace what another node was faster with.
  const std::filesystem::path own = path.string() + "." + random_uid(random);
  {
    std::ofstream out(own);
    out << random_uid(random, kMarkerLength) << '\n';
    if (!out.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", own.string()));
  }
  const bool linked = ::link(own.c_str(), path.c_str()) == 0;
  const int error = errno;
  std::filesystem::remove(own);
  std::string marker = read_line(path);
  if (marker.empty())
    throw std::runtime_error(
        fmt::format("{}: cannot be made ({})", path.string(), linked ? "empty" : std::strerror(error)));
  return marker;
}

}  // namespace flotilla::app
