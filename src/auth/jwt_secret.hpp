#pragma once

#include <filesystem>
#include <string>

#include "base/random.hpp"

namespace flotilla::auth {

struct JwtSecretOptions {
  std::filesystem::path storage;  ///< the storage folder; the file is apps/main/jwt_secret.dat below it
  std::string app_key;            ///< APP_KEY, may be empty
  bool always_app_key = false;    ///< UNSAFE_USE_DEFAULT_JWT_SECRET=true
  /// Other nodes work on the same database: a secret of this node alone would make each refuse the tokens of
  /// the others.
  bool of_fleet = false;
};

struct JwtSecret {
  enum class Source { kAppKey, kFile };
  std::string key;  ///< raw bytes
  Source source;    ///< nodes without a common storage folder have to agree on APP_KEY
};

/// The key that tokens of all applications of this process are signed with: APP_KEY when it is forced; else
/// the file, 32 bytes; else APP_KEY unless it is empty or one of the published examples; else a new random
/// file, mode 0600, but not for a fleet. Processes that start at once on one folder get the same key. Blocks
/// on the file system; call it at start. Throws std::runtime_error naming the file or variable when there is
/// no usable secret.
JwtSecret choose_jwt_secret(const JwtSecretOptions& options, Random& random);

}  // namespace flotilla::auth
