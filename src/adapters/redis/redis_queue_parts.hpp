#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cluster/queue/queue_backend.hpp"

namespace flotilla::redis {

/// A dead letter as the scripts keep it: "reason-length retried priority reason text", where a reason may
/// have any bytes. Pure.
struct QueueLetter {
  std::string reason;
  int retried = 0;
  std::string text;

  static QueueLetter parse(const std::string& kept);
};

/// What names a delivery, "band:entry:count:time:id". Pure.
struct QueueReceipt {
  int band = 0;       ///< 1 to 3, the highest first
  std::string entry;  ///< in the band's stream
  std::string id;     ///< of the message

  static std::optional<QueueReceipt> parse(const std::string& text);
};

/// Settlements of one channel as the script takes them: columns of those that are done, band by band, for
/// which it then has nothing to take apart, and rows of the others. Pure.
class SettleBatches {
 public:
  void add(cluster::Settlement settlement);
  /// For each call of the script, with at most `most` settlements.
  std::vector<std::vector<std::string>> arguments(std::size_t most) const;

 private:
  struct Done {
    std::vector<std::string> receipts, entries, ids;
  };
  std::array<Done, 3> done_;
  std::vector<std::array<std::string, 3>> others_;
};

/// Where the batch that begins at `from` ends: at most `most` pieces, and no further ones once it has
/// `bytes`; one at least. Pure.
std::size_t batch_end(const std::vector<std::size_t>& sizes, std::size_t from, std::size_t most,
                      std::size_t bytes);

}  // namespace flotilla::redis
