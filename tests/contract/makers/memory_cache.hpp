#pragma once

#include <memory>

#include "cluster/cache/bloom_store.hpp"
#include "cluster/cache/cache_store.hpp"
#include "cluster/cache/counter_store.hpp"

namespace flotilla::contract {

// In this process; two of them share nothing.
std::shared_ptr<cluster::CacheStore> memory_cache();
std::shared_ptr<cluster::CounterStore> memory_counters();
std::shared_ptr<cluster::BloomStore> memory_blooms();

/// Copies in front of a cache in this process.
std::shared_ptr<cluster::CacheStore> memory_near_cache();

}  // namespace flotilla::contract
