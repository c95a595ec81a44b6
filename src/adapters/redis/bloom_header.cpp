#include "adapters/redis/bloom_header.hpp"

#include <charconv>

namespace flotilla::redis {

namespace {

constexpr std::string_view kMark = "flotilla-bloom 1 ";
constexpr int kHashesMax = 1'100;  // an error rate of 1e-323 needs 1,074

template <class T>
bool take_number(std::string_view& text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty() || text.front() != ' ') return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string bloom_header(const cluster::BloomShape& shape) {
  std::string header(kMark);
  header += std::to_string(shape.bits) + " " + std::to_string(shape.hashes) + " ";
  header.resize(kBloomHeaderBytes, ' ');
  return header;
}

std::optional<cluster::BloomShape> read_bloom_header(std::string_view header) {
  if (header.size() != kBloomHeaderBytes || !header.starts_with(kMark)) return std::nullopt;
  header.remove_prefix(kMark.size());
  cluster::BloomShape shape;
  if (!take_number(header, shape.bits) || !take_number(header, shape.hashes)) return std::nullopt;
  if (shape.bits == 0 || shape.bits > kBloomBitsMax || shape.hashes <= 0 || shape.hashes > kHashesMax)
    return std::nullopt;
  return shape;
}

}  // namespace flotilla::redis
