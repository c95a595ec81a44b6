#include "data/value/sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

#include "base/error.hpp"
#include "data/value/cron.hpp"
#include "data/value/date_format.hpp"

namespace flotilla::data {
namespace {

void check_count(const JsonArray& patterns) {
  if (patterns.size() > kSequencePatternsMax)
    throw bad_request(fmt::format("sequence: at most {} patterns", kSequencePatternsMax));
}

const JsonObject& options_of(const JsonObject& pattern) {
  static const JsonObject kNone;
  const Json* options = json::find(pattern, "options");
  return options && options->is_object() ? options->get_object() : kNone;
}

std::int64_t integer_option(const JsonObject& options, std::string_view key, std::int64_t fallback,
                            std::int64_t least, std::int64_t most) {
  const Json* value = json::find(options, key);
  if (!value || value->is_null()) return fallback;
  std::int64_t number = 0;
  bool good = value->is_int64();
  if (good) {
    number = value->get_int64();
  } else {
    const std::string text = json::to_text(*value);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    good = error == std::errc{} && end == text.data() + text.size();
  }
  if (!good || number < least || number > most)
    throw bad_request(fmt::format("sequence: option {} must be a number from {} to {}", key, least, most));
  return number;
}

std::string in_base(std::int64_t number, int base, std::size_t width) {
  char digits[70];
  std::string out(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
  if (out.size() < width) out.insert(0, width - out.size(), '0');
  return out;
}

/// base ^ digits - 1, at most the largest integer.
std::int64_t largest(std::int64_t base, std::int64_t digits) {
  std::int64_t power = 1;
  for (std::int64_t i = 0; i < digits; ++i) {
    if (__builtin_mul_overflow(power, base, &power)) return std::numeric_limits<std::int64_t>::max();
  }
  return power - 1;
}

bool starts_again(const JsonObject& options, const SequenceCounter& counter, std::int64_t now_ms,
                  int offset_minutes) {
  const std::string_view cycle = json::text(options, "cycle");
  if (cycle.empty()) return false;
  auto cron = Cron::parse(cycle);
  if (!cron) throw bad_request(fmt::format("sequence: option cycle is not a cron expression: \"{}\"", cycle));
  return counter.last_ms && cron->next(*counter.last_ms, now_ms, offset_minutes).has_value();
}

std::string next_number(const JsonObject& options, SequenceCounter& counter, std::int64_t now_ms,
                        int offset_minutes) {
  const std::int64_t digits = integer_option(options, "digits", 1, 1, kSequenceDigitsMax);
  const std::int64_t start =
      integer_option(options, "start", 0, 0, std::numeric_limits<std::int64_t>::max() - 1);
  const std::int64_t base = integer_option(options, "base", 10, 2, 36);
  std::int64_t number = start;
  if (!starts_again(options, counter, now_ms, offset_minutes) && counter.current) {
    // A start that has more digits than asked for would otherwise be given again and again.
    const auto width =
        std::max(digits, static_cast<std::int64_t>(in_base(start, static_cast<int>(base), 0).size()));
    if (*counter.current < largest(base, width)) number = std::max(*counter.current + 1, start);
  }
  counter.current = number;
  counter.last_ms = now_ms;
  return in_base(number, static_cast<int>(base), static_cast<std::size_t>(digits));
}

std::string random_characters(const JsonObject& options, Random& random) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSymbols{{
      {"number", "0123456789"},
      {"lowercase", "abcdefghijklmnopqrstuvwxyz"},
      {"uppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
      {"symbol", "!@#$%^&*_-+"},
  }};
  std::string alphabet;
  const Json* wanted = json::find(options, "symbols");
  for (const auto& [name, characters] : kSymbols) {
    const bool listed =
        wanted && wanted->is_array() && std::ranges::any_of(wanted->get_array(), [&](const Json& item) {
          return item.is_string() && item.get_string() == name;
        });
    if (listed) alphabet += characters;
  }
  if (alphabet.empty()) alphabet = kSymbols.front().second;
  const std::int64_t length = integer_option(options, "length", 6, 1, kSequenceRandomMax);
  return random_text(random, alphabet, static_cast<std::size_t>(length));
}

}  // namespace

SequenceText next_sequence(const JsonArray& patterns, std::span<const SequenceCounter> counters,
                           std::int64_t now_ms, int offset_minutes, Random& random) {
  check_count(patterns);
  SequenceText out;
  for (const Json& pattern : patterns) {
    if (!pattern.is_object())
      throw bad_request("sequence: a pattern must be an object with type and options");
    const std::string_view type = json::text(pattern.get_object(), "type");
    const JsonObject& options = options_of(pattern.get_object());
    if (type == "string") {
      if (const Json* value = json::find(options, "value"); value && !value->is_null())
        out.text += json::to_text(*value);
    } else if (type == "date") {
      std::string_view format = json::text(options, "format");
      out.text += format_date(now_ms, format.empty() ? "YYYYMMDD" : format, offset_minutes);
    } else if (type == "integer") {
      SequenceCounter counter;
      counter.key = integer_option(options, "key", 0, 0, std::numeric_limits<std::int32_t>::max());
      if (auto same = std::ranges::find(counters, counter.key, &SequenceCounter::key); same != counters.end())
        counter = *same;
      out.text += next_number(options, counter, now_ms, offset_minutes);
      out.counters.push_back(counter);
    } else if (type == "randomChar") {
      out.text += random_characters(options, random);
    } else {
      throw bad_request(fmt::format("sequence: unknown pattern type \"{}\"", type));
    }
  }
  return out;
}

bool assign_sequence_keys(JsonArray& patterns, Random& random) {
  check_count(patterns);
  auto is_integer = [](const Json& pattern) {
    return pattern.is_object() && json::text(pattern.get_object(), "type") == "integer";
  };
  std::set<std::int64_t> taken;
  for (const Json& pattern : patterns) {
    if (!is_integer(pattern)) continue;
    if (const Json* key = json::find(options_of(pattern.get_object()), "key"); key && key->is_int64())
      taken.insert(key->get_int64());
  }
  bool changed = false;
  for (Json& pattern : patterns) {
    if (!is_integer(pattern)) continue;
    Json& options = pattern.get_object()["options"];
    if (!options.is_object()) options = JsonObject{};
    if (const Json* key = json::find(options.get_object(), "key"); key && key->is_int64()) continue;
    std::array<std::uint8_t, 2> bytes{};
    random.fill(bytes);
    std::int64_t key = (bytes[0] * 256 + bytes[1]) % kSequenceKeyMax + 1;
    while (!taken.insert(key).second) key = key % kSequenceKeyMax + 1;
    options.get_object()["key"] = key;
    changed = true;
  }
  return changed;
}

}  // namespace flotilla::data
