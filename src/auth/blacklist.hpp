#pragma once

#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "data/schema/collection.hpp"

namespace flotilla::auth {

/// Token ids (or whole tokens without an id) that were ended before their time. Holds what the table
/// tokenBlacklist holds, so that a request needs no query. Thread-safe.
class Blacklist {
 public:
  void add(std::string token, UnixMs until);
  bool contains(std::string_view token) const;
  /// Forgets what has expired: such tokens are refused for their age.
  void sweep(UnixMs now);
  std::size_t size() const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, UnixMs, data::TextHash, std::equal_to<>> until_;
};

}  // namespace flotilla::auth
