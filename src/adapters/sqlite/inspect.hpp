#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace flotilla::sqlite {

/// What a look into a database file found.
struct Inspection {
  enum class State { sound, unfinished, damaged };
  State state;
  std::string detail;  ///< one line
};

/// Opens the file for reading and lets SQLite check its structure (PRAGMA quick_check), for at most `limit`.
/// Waits up to two seconds for a writer. Rows and schema are not changed; SQLite may make its -shm file
/// beside the database. Blocks; does not throw.
Inspection inspect(const std::filesystem::path& path,
                   std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace flotilla::sqlite
