#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "ops/doctor.hpp"

namespace flotilla::ops {
namespace {

using State = CheckResult::State;

// Printed in manuals, templates and this repository: everyone can sign tokens with them.
constexpr std::array<std::string_view, 5> kPublished = {"your-secret-key", "test-key", "test-jwt-secret",
                                                        "secret", "please-change-me"};
constexpr std::size_t kKeyBytesMin =
    32;  // RFC 7518 section 3.2: at least as long as the hash output of HS256

bool published(const std::string& key) {
  for (std::string_view known : kPublished) {
    if (key == known) return true;
  }
  return false;
}

}  // namespace

CheckResult check_secret(const Settings& settings) {
  std::filesystem::path file = settings.storage / "apps" / "main" / "jwt_secret.dat";
  struct stat info{};
  if (!settings.unsafe_use_default_jwt_secret && ::stat(file.c_str(), &info) == 0) {
    if ((info.st_mode & 077) != 0)
      return {"secret", State::warning,
              file.string() + " can be read by other users of this machine; chmod 600 it"};
    return {"secret", State::ok, "tokens are signed with " + file.string() + ", APP_KEY is not used"};
  }
  const bool unusable =
      settings.app_key.empty() || (published(settings.app_key) && !settings.unsafe_use_default_jwt_secret);
  if (unusable && !settings.cluster.pubsub.in_process())
    return {
        "secret", State::failed,
        "no usable APP_KEY: nodes of a fleet need the same one (make one with: openssl rand -hex 32), or " +
            file.string() + " in a storage folder that they share"};
  if (unusable)
    return {"secret", State::ok, "no usable APP_KEY: the start makes a random one in " + file.string()};
  if (published(settings.app_key))
    return {"secret", State::failed,
            "APP_KEY is a published example and UNSAFE_USE_DEFAULT_JWT_SECRET forces it"};
  if (settings.app_key.size() < kKeyBytesMin)
    return {"secret", State::warning,
            "APP_KEY is shorter than 32 bytes; make one with: openssl rand -hex 32"};
  return {"secret", State::ok, "APP_KEY is set"};
}

CheckResult check_root_user(const Settings& settings) {
  if (!settings.database.is_file())
    return {"first user", State::ok, "INIT_ROOT_PASSWORD counts only while the database has no users"};
  bool installed = std::filesystem::exists(settings.database.storage);
  if (installed)
    return {"first user", State::ok, "the database is there: INIT_ROOT_PASSWORD has no effect any more"};
  if (settings.root.password == "admin123")
    return {"first user", State::warning,
            settings.root.username +
                " will have the published password; set INIT_ROOT_PASSWORD or change it after signing in"};
  return {"first user", State::ok, settings.root.username + " will be made with INIT_ROOT_PASSWORD"};
}

}  // namespace flotilla::ops
