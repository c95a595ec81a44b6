#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/settings.hpp"
#include "cluster/cache/cache_manager.hpp"

namespace flotilla::auth {

/// Counts failed sign-ins by account and by address, for all nodes together, and says when it is too many of
/// them. Windows of time are the same for everybody: they begin at multiples of their length since 1970.
/// Thread-safe. When the shared counters do not answer, `spare` ones count.
class SignInGuard {
 public:
  SignInGuard(SignInLimits limits, cluster::Counter shared, cluster::Counter spare, const Clock& clock)
      : limits_(limits), shared_(std::move(shared)), spare_(std::move(spare)), clock_(clock) {}

  /// Who tries, from where. `account` is any text that tells accounts apart, of ones that do not exist, too.
  struct Attempt {
    std::string account;
    std::string address;
  };

  /// How long to wait before the next attempt; nothing when it may be made now. Ask before a password is
  /// checked and again after it turned out to be right: of many attempts at one time only the first few learn
  /// anything.
  Task<std::optional<std::chrono::seconds>> locked(const Attempt& attempt);
  Task<void> failed(const Attempt& attempt);
  /// What failed before counts no more against the account; it does against the address.
  Task<void> succeeded(const Attempt& attempt);

 private:
  struct Window {
    std::string suffix;  ///< of keys
    std::chrono::seconds rest;
  };
  Window window() const;
  template <class Value, class Use>
  Task<Value> use(Use ask);

  const SignInLimits limits_;
  cluster::Counter shared_;
  cluster::Counter spare_;
  const Clock& clock_;
};

}  // namespace flotilla::auth
