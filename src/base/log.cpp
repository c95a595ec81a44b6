#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/daily_file_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.hpp"
#include "base/log_line.hpp"
#include "base/log_queue.hpp"

namespace flotilla::log {
namespace {

namespace sinks = spdlog::sinks;

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    ssize_t done = ::write(file, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;  // nowhere left to complain to
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

/// Processes that turn the same file over would lose each other's lines.
std::string rotating_name(std::string_view slot) {
  return fmt::format("system_{}.log", slot.substr(0, slot.find('/')));
}

/// The files; used by the writer's thread only.
class Outputs {
 public:
  explicit Outputs(const LogSettings& settings) : console_(settings.to_console) {
    auto open = [&](auto make, const std::filesystem::path& path) {
      try {
        std::filesystem::create_directories(path.parent_path());
        files_.push_back(make(path.string()));
        files_.back()->set_formatter(
            std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, ""));
      } catch (const std::exception& error) {
        throw Error(500, fmt::format("log file {}: {}", path.string(), error.what()));
      }
    };
    if (settings.to_file)
      open(
          [&](const std::string& path) {
            return std::make_shared<sinks::rotating_file_sink_st>(path, settings.file_bytes_max,
                                                                  settings.files_max);
          },
          settings.folder / (settings.slot.empty() ? "system.log" : rotating_name(settings.slot)));
    if (settings.to_daily_file)
      open(
          [&](const std::string& path) {
            return std::make_shared<sinks::daily_file_format_sink_st>(path, 0, 0, false,
                                                                      settings.daily_files_max);
          },
          settings.folder / "system_%Y-%m-%d.log");
  }

  void write(std::string_view lines) {
    if (console_) write_all(STDOUT_FILENO, lines);
    for (const auto& file : files_) {
      try {
        file->log(spdlog::details::log_msg("", spdlog::level::info, {lines.data(), lines.size()}));
        file->flush();
      } catch (const std::exception& error) {
        // A full disk must not end the server; say it once where it can still be seen.
        if (!std::exchange(failed_, true))
          write_all(STDERR_FILENO, fmt::format("flotilla: log file: {}\n", error.what()));
      }
    }
  }

 private:
  bool console_;
  bool failed_ = false;
  std::vector<std::shared_ptr<sinks::sink>> files_;
};

struct Log {
  LogFormat format;
  std::string slot;
  Outputs outputs;
  LogQueue queue;

  explicit Log(const LogSettings& settings)
      : format(settings.format),
        slot(settings.slot),
        outputs(settings),
        queue(
            settings.queue_bytes_max, [this](std::string_view lines) { outputs.write(lines); },
            [this](std::uint64_t dropped) {
              Field fields[] = {{"dropped", dropped}};
              return format_line(format, Clock::system().now(), LogLevel::warn, "the log could not keep up",
                                 fields);
            }) {}

  std::string line(LogLevel level, std::string_view message, std::span<const Field> fields) const {
    if (slot.empty()) return format_line(format, Clock::system().now(), level, message, fields);
    std::vector<Field> all(fields.begin(), fields.end());
    all.emplace_back("slot", slot);
    return format_line(format, Clock::system().now(), level, message, all);
  }
};

std::atomic<LogLevel> threshold{LogLevel::warn};
std::mutex current_mutex;
std::shared_ptr<Log> current_log;

/// A copy: the log outlives a shutdown() for as long as someone writes to it.
std::shared_ptr<Log> current() {
  std::lock_guard lock(current_mutex);
  return current_log;
}

void replace(std::shared_ptr<Log> log) {
  {
    std::lock_guard lock(current_mutex);
    std::swap(current_log, log);
  }
  // The old one, if any, is emptied and closed here, outside the lock.
}

}  // namespace

void configure(const LogSettings& settings) {
  replace(std::make_shared<Log>(settings));
  threshold = settings.level;
}

void shutdown() noexcept {
  threshold = LogLevel::warn;
  replace(nullptr);
}

bool enabled(LogLevel level) noexcept { return level >= threshold.load(std::memory_order_relaxed); }

void write(LogLevel level, std::string_view message, std::span<const Field> fields) noexcept {
  if (!enabled(level)) return;
  try {
    if (std::shared_ptr<Log> log = current()) {
      log->queue.push(log->line(level, message, fields), level >= LogLevel::warn);
    } else {
      write_all(STDERR_FILENO,
                format_line(LogFormat::console, Clock::system().now(), level, message, fields));
    }
  } catch (const std::exception&) {
    // Out of memory while logging: the line is lost, the caller's work is not.
  }
}

}  // namespace flotilla::log
