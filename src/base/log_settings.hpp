#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace flotilla {

enum class LogLevel { trace, debug, info, warn, error, off };
enum class LogFormat { json, console, logfmt };

/// What is logged, how and where to.
struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::json;
  bool to_console = true;        ///< standard output
  bool to_file = false;          ///< <folder>/system.log, a new file at file_bytes_max
  bool to_daily_file = false;    ///< <folder>/system_YYYY-MM-DD.log
  std::filesystem::path folder;  ///< of the files; made when missing
  std::uint64_t file_bytes_max = 20u << 20;
  std::uint16_t files_max = 10;  ///< of to_file
  std::uint16_t daily_files_max = 14;
  std::string slot;  ///< of several processes this one's: `1/2`; a field of every line. Empty: none
  std::uint32_t queue_bytes_max = 8u << 20;  ///< lines that wait for the writer; more are dropped and counted
};

}  // namespace flotilla
