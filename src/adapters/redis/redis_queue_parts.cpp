#include "adapters/redis/redis_queue_parts.hpp"

#include <cstdlib>

namespace flotilla::redis {

QueueLetter QueueLetter::parse(const std::string& kept) {
  char* at = nullptr;
  const std::size_t size = std::strtoull(kept.c_str(), &at, 10);
  const int retried = static_cast<int>(std::strtol(at, &at, 10));
  const auto reason = static_cast<std::size_t>(at - kept.c_str()) + 3;  // " P "
  return {kept.substr(reason, size), retried, kept.substr(reason + size)};
}

std::size_t batch_end(const std::vector<std::size_t>& sizes, std::size_t from, std::size_t most,
                      std::size_t bytes) {
  std::size_t end = from, sum = 0;
  while (end < sizes.size() && end - from < most && (end == from || sum < bytes)) sum += sizes[end++];
  return end;
}

}  // namespace flotilla::redis
