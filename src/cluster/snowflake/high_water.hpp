#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "cluster/snowflake/snowflake.hpp"

namespace flotilla::cluster {

/// Keeps a generator's reservation ahead of its use in a small file, replaced atomically and synced to disk.
/// One process at a time may hold a file. All calls block on the file system.
class HighWaterFile {
 public:
  explicit HighWaterFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// The stored mark in unix seconds; 0 when there is no file. Throws std::runtime_error naming the file when
  /// it is unreadable or damaged: guessing would risk duplicate ids.
  std::int64_t load() const;
  /// Throws std::runtime_error naming the file.
  void store(std::int64_t seconds) const;

 private:
  std::filesystem::path path_;
};

/// Renews the reservation of a generator every kPeriod from a thread of its own until it is destroyed.
class HighWaterKeeper {
 public:
  static constexpr std::chrono::milliseconds kPeriod{3000};

  /// Reserves at once; throws when that fails. `on_failure` hears of later ones, which are tried again.
  HighWaterKeeper(SnowflakeGenerator& generator, HighWaterFile file,
                  std::function<void(const std::string&)> on_failure);
  ~HighWaterKeeper();
  HighWaterKeeper(const HighWaterKeeper&) = delete;
  HighWaterKeeper& operator=(const HighWaterKeeper&) = delete;

 private:
  void renew();

  SnowflakeGenerator& generator_;
  HighWaterFile file_;
  std::function<void(const std::string&)> on_failure_;
  std::mutex mutex_;
  std::condition_variable stop_signal_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace flotilla::cluster
