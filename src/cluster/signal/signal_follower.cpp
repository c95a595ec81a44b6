#include "cluster/signal/signal_follower.hpp"

#include <utility>

namespace flotilla::cluster {

SignalFollower::Decision SignalFollower::follow(SignalBatch batch) {
  Decision decision;
  const std::string& epoch = batch.newest.epoch;
  const bool fresh = position_.epoch.empty() && position_.number == 0;  // nothing was ever published then
  if (!fresh && epoch != position_.epoch) {
    // Another history: nothing tells what the end of the old one was. What it holds by now is part of what
    // the reload, which comes after this read, finds.
    decision.reload = true;
    position_ = std::move(batch.newest);
    return decision;
  }
  if (batch.newest.number < position_.number) {
    decision.reload = true;
    position_.number = batch.newest.number;
  }
  position_.epoch = epoch;
  for (Signal& signal : batch.signals) {
    const std::uint64_t number = signal.position.number;
    if (number <= position_.number || signal.position.epoch != epoch) continue;
    if (number > position_.number + 1) decision.reload = true;
    position_.number = number;
    decision.deliver.push_back(std::move(signal));
  }
  // Nothing was left of what lies between: it was trimmed, or will never come.
  if (batch.signals.empty() && batch.newest.number > position_.number) {
    decision.reload = true;
    position_.number = batch.newest.number;
  }
  return decision;
}

}  // namespace flotilla::cluster
