#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/schedule/cron.hpp"
#include "cluster/time.hpp"

namespace flotilla::cluster {

/// When which job is due. Pure: it is told the wall-clock time, which may step. A clock that was set back
/// goes through due times again that were taken before it was: the store of firings knows which are done.
class DueTimes {
 public:
  struct Due {
    std::string job;
    UnixMs at{};
    bool operator==(const Due&) const = default;
  };

  explicit DueTimes(Millis catch_up) : catch_up_(catch_up) {}

  /// `last_fired`: when the fleet fired it last, if ever: a due time after it that is younger than the
  /// catch-up is still to be fired. One that is in the future comes of a clock that was wrong: it holds
  /// nothing up.
  void set(const std::string& job, Cron cron, UnixMs last_fired, UnixMs now);
  void remove(const std::string& job) { jobs_.erase(job); }
  /// What is due now; of several due times of one job that were missed, the last one.
  std::vector<Due> take(UnixMs now);
  std::optional<UnixMs> next() const;

 private:
  struct Job {
    Cron cron;
    std::optional<UnixMs> next;
  };
  Millis catch_up_;
  UnixMs seen_{};  ///< the time that take() was told last
  std::map<std::string, Job> jobs_;
};

}  // namespace flotilla::cluster
