#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "supervisor/descriptor.hpp"
#include "supervisor/step.hpp"

namespace flotilla::supervisor {

/// Of the form below. A node tells which one its program understands, and a supervisor becomes another
/// program only when that understands the same.
inline constexpr int kHandoverFormat = 1;

/// What a supervisor leaves to the program that takes its place in the same process. All numbers of
/// descriptors stay open over it.
struct Handover {
  struct Child {
    ChildId id;
    Slot slot;
    pid_t pid;
    int control;
    bool ready;
    std::string version;
  };
  std::string program;  ///< path
  std::vector<int> listeners;
  int control;     ///< listens for commands
  int asker = -1;  ///< who waits for the end of the upgrade
  ChildId next_child;
  std::vector<Child> children;

  /// In a pipe that has nothing else in it and whose other end is closed.
  Descriptor written() const;
  /// Throws Error when it is not one.
  static Handover read(int file);
  /// All descriptors named in it.
  std::vector<int> descriptors() const;
};

}  // namespace flotilla::supervisor
