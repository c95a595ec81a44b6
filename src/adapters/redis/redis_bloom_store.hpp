#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/redis_client.hpp"
#include "cluster/cache/bloom_math.hpp"
#include "cluster/cache/bloom_store.hpp"

namespace flotilla::redis {

/// Bloom filters with BF.* where the server has it (asked once for each start of the server), else on
/// bitmaps: see bloom_header.hpp. A filter that was made on bitmaps stays one when the server gets BF.*
/// later. A filter on bitmaps may have kBloomBitsMax bits; reserve() refuses more with Error 400.
class RedisBloomStore : public cluster::BloomStore {
 public:
  explicit RedisBloomStore(std::shared_ptr<RedisClient> client) : client_(std::move(client)) {}

  Task<void> reserve(std::string key, double error_rate, std::int64_t capacity) override;
  /// kValuesAtOnce values a command: a larger batch that fails in between has been added in part.
  Task<void> add(std::string key, std::vector<std::string> values) override;
  Task<bool> exists(std::string key, std::string value) override;

  static constexpr std::size_t kValuesAtOnce = 1'000;

 private:
  using Shape = cluster::BloomShape;

  Task<bool> has_module();
  /// Empty: the key was not reserved.
  Task<std::optional<Shape>> shape_of(std::string key);
  std::optional<Shape> learn(const std::string& key, const std::string& header);
  Task<void> add_bits(std::string key, std::vector<std::string> values);
  Task<bool> exists_bits(std::string key, std::string value);
  /// Runs a script whose answer is a number, or the filter's header when it is not of the shape we believed.
  Task<std::optional<std::int64_t>> run_bits(const Script& script, std::string key,
                                             std::vector<std::string> values);

  std::shared_ptr<RedisClient> client_;
  std::mutex mutex_;
  std::map<std::string, Shape>
      shapes_;  ///< of the filters on bitmaps that were used; the server checks it each time
  std::optional<std::string> probed_;  ///< run id of the server that has_module_ is about
  bool has_module_ = false;
};

}  // namespace flotilla::redis
