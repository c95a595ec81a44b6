#include "supervisor/control_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace flotilla::supervisor {
namespace {

constexpr int kWaitingMax = 16;

Descriptor new_socket() { return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

/// Through the open folder, as the whole path may be too long.
sockaddr_un address_in(const Descriptor& folder, const std::string& name) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", folder.number(), name);
  if (path.size() >= sizeof out.sun_path) throw Error(500, name + ": too long for the name of a socket");
  std::memcpy(out.sun_path, path.data(), path.size());
  return out;
}

Descriptor open_folder(const std::filesystem::path& path) {
  return Descriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

const sockaddr* plain(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

}  // namespace

ControlPlace control_place(const std::filesystem::path& storage, std::uint16_t port) {
  char host[65] = {};
  if (::gethostname(host, sizeof host - 1) != 0) std::strcpy(host, "unknown");
  return {storage / "run", fmt::format("{}-{}.sock", host, port)};
}

Descriptor connect_to(const ControlPlace& place) {
  const Descriptor folder = open_folder(place.folder);
  if (folder.number() < 0) return Descriptor();
  Descriptor out = new_socket();
  const sockaddr_un address = address_in(folder, place.name);
  if (::connect(out.number(), plain(address), sizeof address) != 0) return Descriptor();
  return out;
}

Descriptor listen_at(const ControlPlace& place) {
  if (connect_to(place).number() >= 0)
    throw Error(500, fmt::format("a supervisor answers at {} already", place.path().string()));
  std::filesystem::create_directories(place.folder);
  std::filesystem::permissions(place.folder, std::filesystem::perms::owner_all);
  std::filesystem::remove(place.path());
  const Descriptor folder = open_folder(place.folder);
  Descriptor out = new_socket();
  const sockaddr_un address = address_in(folder, place.name);
  if (::bind(out.number(), plain(address), sizeof address) != 0 || ::listen(out.number(), kWaitingMax) != 0)
    throw Error(500, fmt::format("{}: {}", place.path().string(), std::strerror(errno)));
  return out;
}

}  // namespace flotilla::supervisor
