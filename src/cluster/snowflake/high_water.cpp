#include "cluster/snowflake/high_water.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace flotilla::cluster {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {} ({})", path.string(), what, std::strerror(errno)));
}

void sync_path(const std::filesystem::path& path, int flags) {
  int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) fail(path, "cannot be opened");
  const bool ok = fsync(fd) == 0;
  close(fd);
  if (!ok) fail(path, "cannot be synced");
}

}  // namespace

std::int64_t HighWaterFile::load() const {
  if (!std::filesystem::exists(path_)) return 0;
  std::ifstream in(path_);
  std::string text;
  if (!in) fail(path_, "cannot be read");
  std::getline(in, text);
  std::int64_t mark = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mark);
  if (error != std::errc{} || end != text.data() + text.size() || mark < 0)
    throw std::runtime_error(fmt::format(
        "{}: holds \"{}\", not a number of seconds; ids given before cannot be told", path_.string(), text));
  return mark;
}

void HighWaterFile::store(std::int64_t seconds) const {
  const std::filesystem::path folder =
      path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  std::filesystem::create_directories(folder);
  const std::filesystem::path fresh = path_.string() + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << seconds << '\n';
    if (!out.flush()) fail(fresh, "cannot be written");
  }
  sync_path(fresh, O_RDONLY);
  std::filesystem::rename(fresh, path_);
  sync_path(folder, O_RDONLY | O_DIRECTORY);
}

HighWaterKeeper::HighWaterKeeper(SnowflakeGenerator& generator, HighWaterFile file,
                                 std::function<void(const std::string&)> on_failure)
    : generator_(generator), file_(std::move(file)), on_failure_(std::move(on_failure)) {
  renew();
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stop_signal_.wait_for(lock, kPeriod, [this] { return stopping_; })) {
      try {
        renew();
      } catch (const std::exception& error) {
        on_failure_(error.what());
      }
    }
  });
}

HighWaterKeeper::~HighWaterKeeper() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_signal_.notify_all();
  thread_.join();
}

void HighWaterKeeper::renew() {
  const std::int64_t mark = generator_.wanted_reservation();
  file_.store(mark);
  generator_.reserve(mark);
}

}  // namespace flotilla::cluster
