#include "cluster/cache/cache_measures.hpp"

#include "base/metrics/registry.hpp"

namespace flotilla::cluster {

CacheMeasures& CacheMeasures::process() {
  metrics::Registry& registry = metrics::Registry::process();
  auto reads = [&](std::string_view result) -> metrics::Counter& {
    return registry.counter("flotilla_cache_reads_total", "Keys that were looked up in caches.",
                            {{"result", result}});
  };
  auto near = [&](std::string_view result) -> metrics::Counter& {
    return registry.counter("flotilla_cache_near_reads_total",
                            "Keys of a networked cache that were looked up among this node's copies.",
                            {{"result", result}});
  };
  static CacheMeasures measures{reads("hit"), reads("miss"), near("hit"), near("miss")};
  return measures;
}

}  // namespace flotilla::cluster
