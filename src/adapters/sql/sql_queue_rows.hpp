#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/queue/message.hpp"
#include "data/sql/fragment.hpp"
#include "data/sql/rows.hpp"

/// Rows of flotilla_queue and flotilla_dead_letters. Pure.
namespace flotilla::sql {

/// Where a message stands. The first three are ready, and their order is the order of the priorities.
enum class Place : std::int64_t { high = 0, normal = 1, low = 2, delayed = 3, taken = 4 };
Place ready_place(cluster::Priority priority);

/// Throws Error 400 for a message that no database could keep: id, channel or dedup key empty, too long or
/// with a NUL in it, body too long or with a NUL.
void check(const cluster::QueueMessage& message);
inline constexpr std::size_t kIdBytesMax = 200, kChannelBytesMax = 512, kDedupKeyBytesMax = 200;

/// What both tables hold of a message, in the order of message_values() and read_message().
inline constexpr std::string_view kMessageColumns =
    "id, channel, body, priority, timeout_ms, max_retries, delay_ms, dedup_key, published_at";
inline constexpr std::size_t kMessageColumnCount = 9;
std::vector<data::Param> message_values(const cluster::QueueMessage& message);
/// From `first` on.
cluster::QueueMessage read_message(const data::Rows& rows, std::size_t row, std::size_t first);

/// A delivery's name: the row's number and the delivery's own. Neither is ever used again.
struct Receipt {
  std::int64_t seq = 0;
  std::int64_t delivery = 0;
  std::string text() const;
  /// Empty when `text` was not made by text().
  static std::optional<Receipt> parse(std::string_view text);
  std::pair<std::int64_t, std::int64_t> pair() const { return {seq, delivery}; }
  bool operator==(const Receipt&) const = default;
};

}  // namespace flotilla::sql
