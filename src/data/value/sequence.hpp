#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/random.hpp"

namespace flotilla::data {

/// Where the numbers of one integer pattern stand: a row of the table `sequences`.
struct SequenceCounter {
  std::int64_t key = 0;
  std::optional<std::int64_t> current;  ///< last number given; none before the first
  std::optional<std::int64_t> last_ms;  ///< when it was given
  bool operator==(const SequenceCounter&) const = default;
};

struct SequenceText {
  std::string text;
  std::vector<SequenceCounter> counters;  ///< to store: one for each integer pattern, in order
};

/// The next value of a sequence field. `patterns` is the field's option, a list of {type, options}:
///   string      {value}
///   date        {format}, day.js, default YYYYMMDD, on the wall clock of `offset_minutes`
///   integer     {digits = 1, start = 0, base = 10, key, cycle}: counts up from start, padded with zeros;
///   starts
///               again after the largest number of `digits` digits and when a time of the cron expression
///               `cycle` has passed since the last number
///   randomChar  {length = 6, symbols = ["number"]}: of number, lowercase, uppercase, symbol
/// A counter that is not among `counters` starts fresh. Throws Error 400 naming the pattern and option at
/// fault.
SequenceText next_sequence(const JsonArray& patterns, std::span<const SequenceCounter> counters,
                           std::int64_t now_ms, int offset_minutes, Random& random);

/// Gives every integer pattern that has no key a random one (1 to kSequenceKeyMax, distinct), as it is done
/// when the field is saved. True when something changed.
bool assign_sequence_keys(JsonArray& patterns, Random& random);

inline constexpr int kSequenceKeyMax = 65'535;
inline constexpr int kSequenceDigitsMax = 18;
inline constexpr int kSequenceRandomMax = 64;
inline constexpr std::size_t kSequencePatternsMax = 32;

}  // namespace flotilla::data
