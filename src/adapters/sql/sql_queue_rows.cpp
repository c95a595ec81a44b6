#include "adapters/sql/sql_queue_rows.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"

namespace flotilla::sql {
namespace {

using cluster::Millis;
using cluster::Priority;
using data::Param;

bool read_number(std::string_view text, std::int64_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

void check_text(std::string_view what, std::string_view text, std::size_t bytes_max) {
  if (text.empty()) throw bad_request(fmt::format("a message's {} must not be empty", what));
  if (text.size() > bytes_max)
    throw bad_request(
        fmt::format("a message's {} has {} bytes, at most {} are possible", what, text.size(), bytes_max));
  if (text.find('\0') != text.npos)
    throw bad_request(fmt::format("a message's {} contains a NUL character", what));
}

}  // namespace

void check(const cluster::QueueMessage& message) {
  check_text("id", message.id, kIdBytesMax);
  check_text("channel", message.channel, kChannelBytesMax);
  if (message.options.dedup_key) check_text("dedup key", *message.options.dedup_key, kDedupKeyBytesMax);
  check_text("body", message.body, cluster::kMessageBytesMax);
}

Place ready_place(Priority priority) {
  switch (priority) {
    case Priority::high:
      return Place::high;
    case Priority::low:
      return Place::low;
    case Priority::normal:
      break;
  }
  return Place::normal;
}

std::vector<Param> message_values(const cluster::QueueMessage& message) {
  const cluster::PublishOptions& options = message.options;
  return {message.id,
          message.channel,
          message.body,
          static_cast<std::int64_t>(ready_place(options.priority)),
          std::int64_t{options.timeout.count()},
          std::int64_t{options.max_retries},
          std::int64_t{options.delay.count()},
          options.dedup_key ? Param(*options.dedup_key) : Param(),
          std::int64_t{message.published_at.time_since_epoch().count()}};
}

cluster::QueueMessage read_message(const data::Rows& rows, std::size_t row, std::size_t first) {
  auto number = [&](std::size_t column) { return rows.at(row, first + column).as_int(); };
  cluster::QueueMessage message;
  message.id = rows.at(row, first).as_text();
  message.channel = rows.at(row, first + 1).as_text();
  message.body = rows.at(row, first + 2).as_text();
  const Place place{number(3)};
  message.options.priority = place == Place::high  ? Priority::high
                             : place == Place::low ? Priority::low
                                                   : Priority::normal;
  message.options.timeout = Millis(number(4));
  message.options.max_retries = static_cast<int>(number(5));
  message.options.delay = Millis(number(6));
  if (const data::Cell& key = rows.at(row, first + 7); !key.is_null())
    message.options.dedup_key = key.as_text();
  message.published_at = UnixMs(Millis(number(8)));
  return message;
}

std::string Receipt::text() const { return fmt::format("{}.{}", seq, delivery); }

std::optional<Receipt> Receipt::parse(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  Receipt receipt;
  if (!read_number(text.substr(0, dot), receipt.seq)) return std::nullopt;
  if (!read_number(text.substr(dot + 1), receipt.delivery)) return std::nullopt;
  return receipt;
}

}  // namespace flotilla::sql
