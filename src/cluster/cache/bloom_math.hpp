#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace flotilla::cluster {

/// The arithmetic of a Bloom filter, the same on every node and in every release: bitmaps outlive processes.
///
/// Size: B. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors" (1970): bits = -n ln p / (ln
/// 2)^2, hashes = bits / n * ln 2. Positions: two 64-bit halves of one hash, combined by enhanced double
/// hashing (P. Dillinger, P. Manolios, "Bloom Filters in Probabilistic Verification", 2004), which keeps the
/// rate of independent hashes (A. Kirsch, M. Mitzenmacher, "Less Hashing, Same Performance", 2006). The hash
/// is the first half of SHA-256: who chooses the values cannot choose their positions.
struct BloomShape {
  static constexpr std::uint64_t kBitsMax = 1ull << 32;  ///< 512 MiB: what one Redis string holds

  std::uint64_t bits = 0;
  int hashes = 0;

  /// Throws Error 400 unless 0 < error_rate < 1, capacity > 0 and the filter stays below kBitsMax.
  static BloomShape of(double error_rate, std::int64_t capacity);

  /// `hashes` places below `bits`; some may be equal.
  std::vector<std::uint64_t> positions(std::string_view value) const;

  bool operator==(const BloomShape&) const = default;
};

}  // namespace flotilla::cluster
