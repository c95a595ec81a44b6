#include "cluster/schedule/cron_field.hpp"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::cluster {

namespace {

[[noreturn]] void refuse(const CronField& field, std::string_view text) {
  const std::string names =
      field.names.empty() ? ""
                          : fmt::format(", names from {} to {}", field.names.front(), field.names.back());
  throw bad_request(
      fmt::format("cron: {} takes *, numbers from {} to {}{}, rising ranges, lists and steps, got \"{}\"",
                  field.name, field.low, field.high, names, text));
}

int number(const CronField& field, std::string_view text, std::string_view whole) {
  const std::string name = lower(text);
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (name == field.names[i]) return field.first_name + static_cast<int>(i);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < field.low || value > field.high)
    refuse(field, whole);
  return value;
}

int step_of(const CronField& field, std::string_view text, std::string_view whole) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > field.high)
    refuse(field, whole);
  return value;
}

void add_item(const CronField& field, std::string_view item, std::string_view whole, std::set<int>& out) {
  const std::size_t slash = item.find('/');
  const std::string_view range = item.substr(0, slash);
  const bool stepped = slash != item.npos;
  const int step = stepped ? step_of(field, item.substr(slash + 1), whole) : 1;
  int low = field.low, high = field.high;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    low = number(field, range.substr(0, dash), whole);
    // `5/10` means from 5 on, every 10.
    high = dash != range.npos ? number(field, range.substr(dash + 1), whole) : stepped ? field.high : low;
    if (high < low) refuse(field, whole);
  }
  for (int value = low; value <= high; value += step) out.insert(value);
}

}  // namespace

std::vector<int> parse_cron_field(const CronField& field, std::string_view text) {
  std::set<int> numbers;
  for (const std::string& item : split(text, ',')) add_item(field, item, text, numbers);
  if (numbers.empty()) refuse(field, text);
  return {numbers.begin(), numbers.end()};
}

}  // namespace flotilla::cluster
