#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace flotilla::redis {

/// A dead letter as the scripts keep it: "reason-length retried priority reason text", where a reason may
/// have any bytes. Pure.
struct QueueLetter {
  std::string reason;
  int retried = 0;
  std::string text;

  static QueueLetter parse(const std::string& kept);
};

/// Where the batch that begins at `from` ends: at most `most` pieces, and no further ones once it has
/// `bytes`; one at least. Pure.
std::size_t batch_end(const std::vector<std::size_t>& sizes, std::size_t from, std::size_t most,
                      std::size_t bytes);

}  // namespace flotilla::redis
