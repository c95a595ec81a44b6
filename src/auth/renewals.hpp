#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "data/schema/collection.hpp"

namespace flotilla::auth {

/// How long a renewed token's successor is remembered, for requests that were sent with the old one
/// meanwhile.
inline constexpr std::chrono::milliseconds kRenewalMemory{10'000};

/// Successors of tokens that were just renewed. Thread-safe.
class Renewals {
 public:
  struct Successor {
    std::string jti;
    std::string token;
  };
  void remember(std::string old_jti, Successor successor, UnixMs now);
  std::optional<Successor> find(std::string_view old_jti, UnixMs now) const;

 private:
  struct Entry {
    Successor successor;
    UnixMs at;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry, data::TextHash, std::equal_to<>> entries_;
};

}  // namespace flotilla::auth
