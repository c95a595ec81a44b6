#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/cache/bloom_math.hpp"

namespace flotilla::redis {

/// How a Bloom filter looks as one Redis string: kBloomHeaderBytes of text that says its shape, then its
/// bits. One key, so that the shape and the bits come, expire and go together.
inline constexpr std::size_t kBloomHeaderBytes = 64;
inline constexpr std::uint64_t kBloomFirstBit = kBloomHeaderBytes * 8;
inline constexpr std::uint64_t kBloomBitsMax = cluster::BloomShape::kBitsMax - kBloomFirstBit;

std::string bloom_header(const cluster::BloomShape& shape);
/// Empty when it is none.
std::optional<cluster::BloomShape> read_bloom_header(std::string_view header);

}  // namespace flotilla::redis
