#pragma once

#include <string>

namespace flotilla::bench {

/// Messages a second through a quorum queue with rabbitmq-c and nothing else: one thread publishes persistent
/// messages, the same bytes as the adapter (id and header included), with at most `window` of them
/// unconfirmed, another one consumes with a prefetch of `window` and acknowledges several with one frame.
/// Ends when all are acknowledged.
double raw_rabbitmq_queue(const std::string& url, std::size_t count, std::size_t window);

}  // namespace flotilla::bench
