#include "cluster/cache/bloom_math.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.hpp"

namespace flotilla::cluster {

namespace {

// Little-endian on every machine.
std::uint64_t number_at(const unsigned char* bytes) {
  std::uint64_t number = 0;
  for (int i = 7; i >= 0; --i) number = number << 8 | bytes[i];
  return number;
}

}  // namespace

BloomShape BloomShape::of(double error_rate, std::int64_t capacity) {
  if (!(error_rate > 0 && error_rate < 1))
    throw bad_request("the error rate of a Bloom filter must be between 0 and 1");
  if (capacity <= 0) throw bad_request("the capacity of a Bloom filter must be greater than 0");
  const double per_value = -std::log2(error_rate) / std::numbers::ln2;
  const double bits = std::ceil(per_value * static_cast<double>(capacity));
  if (bits > static_cast<double>(kBitsMax))
    throw bad_request("the Bloom filter would be larger than 512 MiB");
  BloomShape shape;
  shape.bits = bits < 1 ? 1 : static_cast<std::uint64_t>(bits);
  shape.hashes = std::max(1, static_cast<int>(std::lround(per_value * std::numbers::ln2)));
  return shape;
}

std::vector<std::uint64_t> BloomShape::positions(std::string_view value) const {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(value.data()), value.size(), digest.data());
  std::uint64_t at = number_at(digest.data()) % bits;
  std::uint64_t step = number_at(digest.data() + 8) % bits;
  std::vector<std::uint64_t> places;
  places.reserve(static_cast<std::size_t>(hashes));
  for (int i = 0; i < hashes; ++i) {
    places.push_back(at);
    at = (at + step) % bits;
    step = (step + static_cast<std::uint64_t>(i) + 1) % bits;
  }
  return places;
}

}  // namespace flotilla::cluster
