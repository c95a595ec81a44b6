#include "auth/sign_in_guard.hpp"

#include <fmt/format.h>

#include "auth/secrets.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "cluster/unavailable.hpp"

namespace flotilla::auth {
namespace {

// Names of people do not belong into a cache.
std::string key_of(std::string_view kind, std::string_view text, std::string_view suffix) {
  constexpr std::size_t kHashBytes = 16;
  return fmt::format("{}:{}:{}", kind, hex(sha256(text).substr(0, kHashBytes)), suffix);
}

}  // namespace

SignInGuard::Window SignInGuard::window() const {
  const std::int64_t now_ms = clock_.now().time_since_epoch().count();
  const std::int64_t number = now_ms / limits_.window.count();
  const std::chrono::milliseconds rest((number + 1) * limits_.window.count() - now_ms);
  return {std::to_string(number), std::chrono::ceil<std::chrono::seconds>(rest)};
}

template <class Value, class Use>
Task<Value> SignInGuard::use(Use ask) {
  std::string failure;
  try {
    co_return co_await ask(shared_);
  } catch (const cluster::Unavailable& error) {
    failure = error.what();
  }
  log::warn("failed sign-ins are not counted for all nodes together", {{"reason", failure}});
  co_return co_await ask(spare_);
}

Task<std::optional<std::chrono::seconds>> SignInGuard::locked(const Attempt& attempt) {
  const Window now = window();
  const std::string account = key_of("account", attempt.account, now.suffix);
  const std::string address = key_of("address", attempt.address, now.suffix);
  auto look = [&](cluster::Counter& counter) -> Task<bool> {
    if (limits_.failures_per_account > 0 && co_await counter.get(account) >= limits_.failures_per_account)
      co_return true;
    co_return limits_.failures_per_address > 0 &&
        co_await counter.get(address) >= limits_.failures_per_address;
  };
  const bool too_many = co_await use<bool>(look);
  co_return too_many ? std::optional(now.rest) : std::nullopt;
}

Task<void> SignInGuard::failed(const Attempt& attempt) {
  const Window now = window();
  auto count = [&](cluster::Counter& counter) -> Task<bool> {
    if (limits_.failures_per_account > 0)
      co_await counter.incr(key_of("account", attempt.account, now.suffix), limits_.window);
    if (limits_.failures_per_address > 0)
      co_await counter.incr(key_of("address", attempt.address, now.suffix), limits_.window);
    co_return true;
  };
  co_await use<bool>(count);
}

Task<void> SignInGuard::succeeded(const Attempt& attempt) {
  if (limits_.failures_per_account == 0) co_return;
  const std::string key = key_of("account", attempt.account, window().suffix);
  auto forget = [&](cluster::Counter& counter) -> Task<bool> {
    if (co_await counter.get(key) > 0) co_await counter.reset(key);
    co_return true;
  };
  co_await use<bool>(forget);
}

}  // namespace flotilla::auth
