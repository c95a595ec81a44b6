#include "contract/makers/memory_cache.hpp"

#include "adapters/memory/memory_bloom_store.hpp"
#include "adapters/memory/memory_cache_store.hpp"
#include "adapters/memory/memory_counter_store.hpp"
#include "cluster/cache/near_cache_store.hpp"

namespace flotilla::contract {

std::shared_ptr<cluster::CacheStore> memory_cache() { return std::make_shared<memory::MemoryCacheStore>(); }

std::shared_ptr<cluster::CounterStore> memory_counters() {
  return std::make_shared<memory::MemoryCounterStore>();
}

std::shared_ptr<cluster::BloomStore> memory_blooms() { return std::make_shared<memory::MemoryBloomStore>(); }

std::shared_ptr<cluster::CacheStore> memory_near_cache() {
  return std::make_shared<cluster::NearCacheStore>(memory_cache(), [] { return true; });
}

}  // namespace flotilla::contract
