#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/step.hpp"

namespace flotilla::supervisor {

using Time = std::chrono::steady_clock::time_point;
using Millis = std::chrono::milliseconds;

struct Timing {
  Millis ready_limit{300'000};  ///< for a process, to become ready
  Millis settle{500};           ///< a new process lives so long before the old one is let go
  Millis steady{10'000};        ///< who served for so long begins to count its failures anew
  Millis restart_min{200};      ///< see restart_delay()
  Millis restart_max{30'000};
  Millis leave_limit{17'000};   ///< for a process that was told to end; then it is killed
  Millis hurried_limit{7'000};  ///< the same once it was hurried
  int failures_told = 5;        ///< in a row, from which on it is called an error
};

/// How a process ended.
struct End {
  int code = 0;    ///< when it exited
  int signal = 0;  ///< else
  std::string text() const;
};

/// The decisions of a supervisor, without processes, clocks or chance: what happened goes in, what is to be
/// done comes out. It keeps one process a slot, starts again what ended, replaces one by one on demand, and
/// ends them all. Times must not go back.
class Supervision {
 public:
  enum class State { starting, settling, serving, leaving };
  struct Child {
    Slot slot;
    Image image;
    State state;
    bool replaces;  ///< another process of its slot serves until this one has settled
    Time since;     ///< of the state
    Time deadline;  ///< of the state: of `starting`, `settling` and `leaving`
    bool killed = false;
  };
  struct Known {
    ChildId id;
    Slot slot;
    bool ready;
  };

  /// `chance` answers a number in [0, 1).
  Supervision(int slots, Timing timing, std::function<double()> chance);

  std::vector<Step> begin(Time now);
  /// Instead of begin(): takes over processes that run the current image.
  std::vector<Step> resume(const std::vector<Known>& known, ChildId next, Time now);
  std::vector<Step> ready(ChildId child, Time now);
  std::vector<Step> ended(ChildId child, End how, Time now);
  /// Replaces all processes, slot by slot: a new one is ready and settled before the old one is let go. When
  /// one does not get ready the old ones stay; those that already run the next image are replaced back.
  std::vector<Step> roll(Image image, Time now);
  bool rolling() const { return roll_.has_value(); }
  std::vector<Step> stop(Time now);
  bool stopping() const { return stopping_; }
  std::vector<Step> hurry(Time now);
  /// What the time has come for.
  std::vector<Step> tick(Time now);
  /// When to tick.
  std::optional<Time> wake_at() const;

  const std::map<ChildId, Child>& children() const { return children_; }
  ChildId next_child() const { return next_; }

 private:
  struct Place {
    Image image = Image::current;  ///< what it is started again with
    int failures = 0;              ///< in a row
    std::optional<Time> start_at;
  };
  struct Roll {
    Image image;
    Slot slot = 1;      ///< that is being replaced
    Slot last;          ///< the last to replace
    bool back = false;  ///< the next image failed: on the way back
    std::string why;    ///< it failed
    std::string also;   ///< what did not go back
  };

  void start(Slot slot, Image image, bool replaces, Time now);
  void failed(const Child& child, const End& how, Time now);
  void begin_end(ChildId id, Child& child, Order order, Time now);
  void let_go_of_others(Slot slot, ChildId stays, Time now);
  void go_on(Time now);
  void replacement_failed(Slot slot, const std::string& why, Time now);
  void end_roll(bool done, std::string text);
  void finish_if_empty();
  bool any_in(Slot slot) const;
  void say(Tone tone, std::string text) { out_.push_back(Say{tone, std::move(text)}); }
  std::vector<Step> take() { return std::exchange(out_, {}); }

  const int slots_;
  const Timing timing_;
  std::function<double()> chance_;
  std::map<ChildId, Child> children_;
  std::map<Slot, Place> places_;
  std::optional<Roll> roll_;
  std::vector<Step> out_;
  ChildId next_ = 1;
  bool any_ready_ = false;
  bool stopping_ = false;
  int exit_code_ = 0;
};

}  // namespace flotilla::supervisor
