#pragma once

#include <string>
#include <variant>

namespace flotilla::supervisor {

/// One process, numbered over the life of the supervisor; 1, 2, 3, …
using ChildId = int;
/// The place of a node: 1 to the number of CLUSTER_MODE. At most times it has one process.
using Slot = int;

/// Which program a process runs: the supervisor's own, or what stands at its path now.
enum class Image { current, next };

enum class Order { retire, stop, hurry };

enum class Tone { info, warning, error };

struct Start {
  ChildId child;
  Slot slot;
  Image image;
  bool operator==(const Start&) const = default;
};
struct Tell {
  ChildId child;
  Order order;
  bool operator==(const Tell&) const = default;
};
/// With SIGKILL.
struct Kill {
  ChildId child;
  bool operator==(const Kill&) const = default;
};
/// For the log, and for whoever asked for the roll under way.
struct Say {
  Tone tone;
  std::string text;
  bool operator==(const Say&) const = default;
};
struct RollEnded {
  bool done;
  std::string text;
  bool operator==(const RollEnded&) const = default;
};
/// All nodes run the next image: it is the current one from here on, and the supervisor's too.
struct Adopt {
  bool operator==(const Adopt&) const = default;
};
struct Finish {
  int exit_code;
  bool operator==(const Finish&) const = default;
};

/// What the supervisor is to do, in this order.
using Step = std::variant<Start, Tell, Kill, Say, RollEnded, Adopt, Finish>;

}  // namespace flotilla::supervisor
