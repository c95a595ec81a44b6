#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace flotilla::cluster {

/// Who computes a value and who waits for it. Pure: no lock, no waiting.
class FlightTable {
 public:
  using Flight = std::uint64_t;
  struct Place {
    Flight flight = 0;
    bool leads = false;
  };

  /// Joins what is under way for the key, or leads a new flight. Who leads must end() it.
  Place board(const std::string& key);
  /// The value changed: who boards from now on does not join what is under way, and what that brings must not
  /// be kept.
  void forget(const std::string& key);
  void forget_all();
  /// False once the key was forgotten.
  bool may_keep(Flight flight) const;
  void end(Flight flight);
  /// Flights under way.
  std::size_t size() const { return under_way_.size(); }

 private:
  std::unordered_map<std::string, Flight> open_;       ///< those that can be joined
  std::unordered_map<Flight, std::string> under_way_;  ///< all, with their key
  Flight last_ = 0;
};

}  // namespace flotilla::cluster
