#include "adapters/memory/memory_bloom_store.hpp"

#include <algorithm>
#include <atomic>

#include "base/error.hpp"

namespace flotilla::memory {

// Bits are only ever set, each on its own: no lock.
class MemoryBloomStore::Filter {
 public:
  explicit Filter(cluster::BloomShape shape) : shape_(shape), words_((shape.bits + 63) / 64) {}

  void add(std::string_view value) {
    for (const std::uint64_t bit : shape_.positions(value)) words_[bit / 64].fetch_or(1ull << bit % 64);
  }
  bool has(std::string_view value) const {
    const std::vector<std::uint64_t> bits = shape_.positions(value);
    return std::ranges::all_of(bits, [this](std::uint64_t bit) { return words_[bit / 64] >> bit % 64 & 1; });
  }

 private:
  const cluster::BloomShape shape_;
  std::vector<std::atomic<std::uint64_t>> words_;
};

std::shared_ptr<MemoryBloomStore::Filter> MemoryBloomStore::find(const std::string& key) const {
  std::lock_guard lock(mutex_);
  const auto found = filters_.find(key);
  return found == filters_.end() ? nullptr : found->second;
}

Task<void> MemoryBloomStore::reserve(std::string key, double error_rate, std::int64_t capacity) {
  const cluster::BloomShape shape = cluster::BloomShape::of(error_rate, capacity);
  if (find(key)) co_return;
  auto filter = std::make_shared<Filter>(shape);
  std::lock_guard lock(mutex_);
  filters_.try_emplace(std::move(key), std::move(filter));
}

Task<void> MemoryBloomStore::add(std::string key, std::vector<std::string> values) {
  const std::shared_ptr<Filter> filter = find(key);
  if (!filter) throw not_found("the Bloom filter \"" + key + "\" was not reserved");
  for (const std::string& value : values) filter->add(value);
  co_return;
}

Task<bool> MemoryBloomStore::exists(std::string key, std::string value) {
  const std::shared_ptr<Filter> filter = find(key);
  co_return filter && filter->has(value);
}

}  // namespace flotilla::memory
