#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/time.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

/// A place in a channel. Numbers rise by one with every signal. `epoch` names one unbroken history of the
/// channel: after the store lost data (restart without its log, flush, fail-over) it is another one, and
/// numbers of different epochs cannot be compared.
struct SignalPosition {
  std::string epoch;
  std::uint64_t number = 0;
  bool operator==(const SignalPosition&) const = default;
};

struct Signal {
  SignalPosition position;
  std::string body;  ///< the envelope as JSON text
};

/// What a channel holds after a position.
struct SignalBatch {
  std::string channel;
  /// In order. The first follows the asked position when it was still kept; see SignalFollower for what a
  /// reader concludes when it does not.
  std::vector<Signal> signals;
  SignalPosition
      newest;  ///< of the channel at the time of the read; number 0 when nothing was ever published
};

/// A numbered log of signals for each channel, kept for a while. Thread-safe. Adapters: memory, SQL, Redis.
class SignalLog {
 public:
  struct Cursor {
    std::string channel;
    SignalPosition after;
  };

  virtual ~SignalLog() = default;

  /// The signal is in the log, and has its number, when this returns. Throws Unavailable.
  virtual Task<SignalPosition> append(std::string channel, std::string body) = 0;
  /// Where the channel ends now: a new reader starts there.
  virtual Task<SignalPosition> newest(std::string channel) = 0;
  /// What is new in any of these channels; when nothing is, waits for it up to `wait`. A batch for each
  /// channel that moved (or whose epoch is not the cursor's), none for the others. Throws Unavailable.
  virtual Task<std::vector<SignalBatch>> read(std::vector<Cursor> cursors, Millis wait) = 0;
};

}  // namespace flotilla::cluster
