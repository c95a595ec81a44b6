#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "cluster/schedule/cron.hpp"
#include "cluster/schedule/firing_store.hpp"
#include "cluster/time.hpp"

namespace flotilla::cluster {

/// Fires cron jobs once per due time in the whole fleet: every node watches, FiringStore picks one, and the
/// firing is a message on a queue channel. A due time that no node saw (all were down, or the clock jumped
/// over it) fires once, late, if it is younger than kCatchUp; older ones are skipped, and of several that one
/// job missed all but the last. So does the last due time before a job was set for the first time. A firing
/// that waits for its store holds up no other. Thread-safe.
class Scheduler {
 public:
  static constexpr Millis kCatchUp{60'000};

  Scheduler(boost::asio::any_io_executor executor, std::shared_ptr<FiringStore> store, const Clock& clock);
  /// After stop() was awaited.
  ~Scheduler();

  /// `channel` is whole (Queue::whole_channel). The message is {"job", "due"} and `payload`'s members. A job
  /// of the same name is replaced: what was due by the old one and has not fired is fired only if it is due
  /// by the new one too.
  void set_job(std::string name, Cron cron, std::string channel, JsonObject payload = {});
  /// What is due and has not fired is not fired any more.
  void remove_job(const std::string& name);
  void start();
  /// Waits for firings that are under way. What was due and could not be fired is left to other nodes, or to
  /// the next start.
  Task<void> stop();

 private:
  class Ticker;
  std::shared_ptr<Ticker> ticker_;
};

}  // namespace flotilla::cluster
