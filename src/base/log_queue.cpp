#include "base/log_queue.hpp"

#include <utility>

namespace flotilla::log {

LogQueue::LogQueue(std::size_t bytes_max, Output output, DropLine drop_line, std::chrono::milliseconds gather)
    : bytes_max_(bytes_max),
      output_(std::move(output)),
      drop_line_(std::move(drop_line)),
      gather_(gather),
      writer_([this] { run(); }) {}

LogQueue::~LogQueue() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  writer_.join();
}

void LogQueue::push(std::string_view line, bool urgent) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > bytes_max_) {
      ++dropped_;
      return;
    }
    // Only the first line of a batch pays for waking the writer.
    wake = waiting_.empty() || (urgent && !urgent_);
    urgent_ = urgent_ || urgent;
    waiting_ += line;
  }
  if (wake) wake_.notify_one();
}

void LogQueue::run() {
  std::string batch;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    wake_.wait_for(lock, gather_,
                   [this] { return stopping_ || urgent_ || waiting_.size() > bytes_max_ / 2; });
    batch.clear();
    std::swap(batch, waiting_);
    std::uint64_t dropped = std::exchange(dropped_, 0);
    urgent_ = false;
    bool last = stopping_;
    lock.unlock();
    if (dropped > 0) batch += drop_line_(dropped);
    if (!batch.empty()) output_(batch);
    lock.lock();
    if (last && waiting_.empty()) return;
  }
}

}  // namespace flotilla::log
