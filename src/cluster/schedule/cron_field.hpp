#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace flotilla::cluster {

/// One field of a cron expression: what it may hold, and its names for numbers (`names[0]` is `first_name`).
struct CronField {
  std::string_view name;
  int low, high;
  std::span<const std::string_view> names = {};
  int first_name = 0;
};

/// The numbers that a text like `*`, `1,5-9/2`, `MON-FRI` means, in order. Throws Error 400 naming the field.
std::vector<int> parse_cron_field(const CronField& field, std::string_view text);

}  // namespace flotilla::cluster
