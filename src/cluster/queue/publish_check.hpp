#pragma once

#include <string_view>

#include "cluster/queue/message.hpp"

namespace flotilla::cluster {

inline constexpr std::size_t kChannelBytesMax = 200;
inline constexpr std::size_t kDedupKeyBytesMax = 200;
inline constexpr Millis kTimeoutMax{24 * 3'600'000};
inline constexpr Millis kDelayMax{30LL * 24 * 3'600'000};
inline constexpr int kMaxRetriesMax = 1'000;

/// Throws Error 400 naming the option and its limit. Pure.
void check_channel(std::string_view channel);
void check_publish(const PublishOptions& options, std::size_t body_bytes);

}  // namespace flotilla::cluster
