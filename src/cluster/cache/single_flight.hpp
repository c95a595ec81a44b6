#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/json.hpp"
#include "cluster/cache/flight_table.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::cluster {

/// One computation of a value for all who want it at the same time, on whatever executors they run.
/// Thread-safe.
class SingleFlight : public std::enable_shared_from_this<SingleFlight> {
 public:
  struct Landed {
    enum class How {
      value,      ///< for everybody
      failed,     ///< for everybody
      unshared,   ///< the leader's result is for itself alone: compute your own
      abandoned,  ///< the leader's coroutine was destroyed: board again
    };
    How how = How::abandoned;
    std::shared_ptr<const Json> value = {};
    std::exception_ptr failure = {};
  };

  /// A place in a flight. Destroying the leader's without land() abandons the flight.
  class Pass {
   public:
    Pass(Pass&&) noexcept = default;
    Pass& operator=(Pass&&) = delete;
    ~Pass();

    bool leads() const { return leads_; }
    /// False once the key was forgotten: what the leader brings may be old.
    bool may_keep() const;
    /// The leader's; once.
    void land(Landed landed);
    /// Who does not lead waits for the landing.
    Task<Landed> wait() const;

   private:
    friend class SingleFlight;
    struct Flight;
    Pass(std::shared_ptr<SingleFlight> table, std::shared_ptr<Flight> flight, bool leads)
        : table_(std::move(table)), flight_(std::move(flight)), leads_(leads) {}

    std::shared_ptr<SingleFlight> table_;
    std::shared_ptr<Flight> flight_;
    bool leads_;
  };

  Pass board(const std::string& key);
  void forget(const std::string& key);
  void forget_all();
  /// Flights under way.
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  FlightTable table_;
  std::unordered_map<FlightTable::Flight, std::shared_ptr<Pass::Flight>> flights_;
};

}  // namespace flotilla::cluster
