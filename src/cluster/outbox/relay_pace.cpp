#include "cluster/outbox/relay_pace.hpp"

#include <algorithm>

namespace flotilla::cluster {

Millis RelayPace::after(Round round, double random) {
  if (round == Round::failed) {
    backoff_ = std::clamp(backoff_ * 2, timing_.backoff_min, timing_.backoff_max);
    return std::chrono::ceil<Millis>(backoff_ * (0.5 + random / 2));
  }
  backoff_ = Millis{0};
  switch (round) {
    case Round::worked:
      return Millis{0};
    case Round::elsewhere:
      return timing_.elsewhere;
    default:
      return timing_.poll;
  }
}

}  // namespace flotilla::cluster
