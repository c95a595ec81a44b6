#pragma once

#include <filesystem>
#include <fstream>

#include "ops/chaos/history.hpp"

namespace flotilla::ops::chaos {

/// Keeps the history of a run, in memory and, when asked for, in a file of JSON lines. Of one thread.
class Recorder {
 public:
  /// Throws Error 400 for a file that cannot be written. Empty: none.
  explicit Recorder(const std::filesystem::path& file);

  Moment now() const { return std::chrono::duration_cast<Moment>(std::chrono::steady_clock::now() - begun_); }
  void add(Request request) { keep(history_.requests, std::move(request)); }
  void add(Look look) { keep(history_.looks, std::move(look)); }
  void add(Strike strike) { keep(history_.strikes, std::move(strike)); }
  History& history() { return history_; }

 private:
  template <class List, class Item>
  void keep(List& list, Item item) {
    if (file_.is_open()) file_ << as_line(item);
    list.push_back(std::move(item));
  }

  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  History history_;
  std::ofstream file_;
};

}  // namespace flotilla::ops::chaos
