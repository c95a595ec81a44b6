#include "auth/jwt_secret.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace flotilla::auth {
namespace {

constexpr std::size_t kSecretBytes = 32;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

[[noreturn]] void fail(std::string_view what, const std::filesystem::path& path) {
  throw std::runtime_error(fmt::format("{} {}: {}", what, path.string(), std::strerror(errno)));
}

std::optional<std::string> read_secret(const std::filesystem::path& path) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("cannot read", path);
  }
  std::array<char, kSecretBytes + 1> bytes;
  std::size_t size = 0;
  while (size < bytes.size()) {
    ssize_t n = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read", path);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  // Making up another secret would silently sign everyone out, and other nodes would disagree.
  if (size != kSecretBytes)
    throw std::runtime_error(
        fmt::format("{} must hold exactly {} bytes; restore it, or remove it to sign everyone out",
                    path.string(), kSecretBytes));
  return std::string(bytes.data(), kSecretBytes);
}

void write_all(const File& file, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file.get()) != 0) fail("cannot write", path);
}

/// Gives `draft` the name `path` unless that exists already. The file appears whole or not at all.
void publish(const std::filesystem::path& draft, const std::filesystem::path& path) {
  if (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST) {
    ::unlink(draft.c_str());
    return;
  }
  // Some file systems have no hard links.
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return;
  int error = errno;
  ::unlink(draft.c_str());
  if (error == EEXIST) return;
  errno = error;
  fail("cannot create", path);
}

std::string create_secret(const std::filesystem::path& path, Random& random) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    throw std::runtime_error(
        fmt::format("cannot create {}: {}", path.parent_path().string(), error.message()));

  std::array<std::uint8_t, kSecretBytes> bytes;
  random.fill(bytes);
  std::filesystem::path draft = path;
  draft += '.' + random_uid(random) + ".tmp";
  {
    File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.open()) fail("cannot create", draft);
    write_all(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, draft);
  }
  publish(draft, path);
  File folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.open()) ::fsync(folder.get());

  // Whoever came first, what stands in the file now is the secret.
  std::optional<std::string> secret = read_secret(path);
  if (!secret) throw std::runtime_error(fmt::format("{} vanished while it was created", path.string()));
  return *secret;
}

bool is_published_example(std::string_view key) { return key == "your-secret-key" || key == "test-key"; }

}  // namespace

JwtSecret choose_jwt_secret(const JwtSecretOptions& options, Random& random) {
  if (options.always_app_key) {
    if (options.app_key.empty())
      throw std::runtime_error("UNSAFE_USE_DEFAULT_JWT_SECRET is true, but APP_KEY is empty");
    return {options.app_key, JwtSecret::Source::kAppKey};
  }
  std::filesystem::path path = options.storage / "apps" / "main" / "jwt_secret.dat";
  if (std::optional<std::string> secret = read_secret(path)) return {*secret, JwtSecret::Source::kFile};
  if (!options.app_key.empty() && !is_published_example(options.app_key))
    return {options.app_key, JwtSecret::Source::kAppKey};
  if (options.of_fleet)
    throw std::runtime_error(
        fmt::format("APP_KEY: {}, and a random key would be this node's alone; set the same APP_KEY on every "
                    "node (openssl rand -hex 32), or share a storage folder that holds {}",
                    options.app_key.empty() ? "is not set" : "is a published example", path.string()));
  return {create_secret(path, random), JwtSecret::Source::kFile};
}

}  // namespace flotilla::auth
