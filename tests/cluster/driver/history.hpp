#pragma once

#include <string>
#include <string_view>

namespace flotilla::driver {

/// An append-only file of lines. What append() has returned from is kept whatever happens to the process.
class History {
 public:
  explicit History(const std::string& path);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// One line, in one write. Thread-safe.
  void append(std::string_view line);

 private:
  int file_;
};

/// The machine's monotonic clock in nanoseconds: the same for all processes.
long long monotonic_ns();

}  // namespace flotilla::driver
