#include "cluster/queue/retry_policy.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace flotilla::cluster {

namespace {

constexpr std::size_t kReasonBytesMax = 1'000;
constexpr int kDoublingsMax = 30;

std::uint64_t below(Random& random, std::uint64_t limit) {
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), bytes.size());
  return limit == 0 ? 0 : number % limit;
}

}  // namespace

Millis RetryPolicy::pause(int retried, Random& random) const {
  const int doublings = std::clamp(retried, 0, kDoublingsMax);
  const std::int64_t whole = std::min<std::int64_t>(longest_.count(), first_.count() << doublings);
  const std::int64_t half = whole / 2;
  return Millis{half +
                static_cast<std::int64_t>(below(random, static_cast<std::uint64_t>(whole - half) + 1))};
}

std::variant<Settlement::Done, Settlement::Retry, Settlement::Dead> RetryPolicy::after_failure(
    const Delivery& delivery, std::string reason, Random& random) const {
  if (delivery.retried < delivery.message.options.max_retries)
    return Settlement::Retry{pause(delivery.retried, random)};
  if (reason.size() > kReasonBytesMax) reason.resize(kReasonBytesMax);
  return Settlement::Dead{std::move(reason)};
}

}  // namespace flotilla::cluster
