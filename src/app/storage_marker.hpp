#pragma once

#include <filesystem>
#include <string>

#include "base/random.hpp"

namespace flotilla::app {

/// The random text in <storage>/apps/main/storage_marker, made by whoever comes first: nodes that read the
/// same one share the folder. Blocks on the file system. Throws std::runtime_error naming the file.
std::string storage_marker(const std::filesystem::path& storage, Random& random);

}  // namespace flotilla::app
