#include "cluster/queue/publish_check.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace flotilla::cluster {

namespace {

void refuse(std::string_view option, std::string_view takes, auto got) {
  throw bad_request(fmt::format("queue: {} takes {}, got {}", option, takes, got));
}

}  // namespace

void check_channel(std::string_view channel) {
  if (channel.empty() || channel.size() > kChannelBytesMax)
    refuse("channel", fmt::format("1 to {} bytes", kChannelBytesMax),
           fmt::format("{} bytes", channel.size()));
  if (channel.find('\0') != channel.npos) refuse("channel", "no NUL character", "one");
}

void check_publish(const PublishOptions& options, std::size_t body_bytes) {
  if (options.timeout < Millis{1} || options.timeout > kTimeoutMax)
    refuse("timeout", fmt::format("1 to {} ms", kTimeoutMax.count()), options.timeout.count());
  if (options.max_retries < 0 || options.max_retries > kMaxRetriesMax)
    refuse("maxRetries", fmt::format("0 to {}", kMaxRetriesMax), options.max_retries);
  if (options.delay < Millis{0} || options.delay > kDelayMax)
    refuse("delay", fmt::format("0 to {} ms", kDelayMax.count()), options.delay.count());
  if (options.dedup_key && (options.dedup_key->empty() || options.dedup_key->size() > kDedupKeyBytesMax))
    refuse("dedup key", fmt::format("1 to {} bytes", kDedupKeyBytesMax), options.dedup_key->size());
  if (body_bytes > kMessageBytesMax)
    refuse("message", fmt::format("at most {} bytes of JSON", kMessageBytesMax), body_bytes);
}

}  // namespace flotilla::cluster
