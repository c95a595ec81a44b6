#include <fmt/format.h>

#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include "adapters/redis/redis_cache_store.hpp"
#include "adapters/redis/redis_near_cache.hpp"
#include "cases.hpp"
#include "cluster/cache/cache.hpp"
#include "measure.hpp"
#include "raw_redis.hpp"
#include "world.hpp"

namespace flotilla::bench {
namespace {

constexpr std::size_t kInFlight = 64;
const std::string kValue = '"' + std::string(98, 'x') + '"';  // 100 bytes of JSON

/// Nanoseconds a hit: a map under a mutex, and the copy parsed.
double raw_hits(const std::string& key, std::size_t count) {
  std::unordered_map<std::string, std::string> map = {{key, kValue}};
  std::mutex mutex;
  std::size_t bytes = 0;
  const Stopwatch watch;
  for (std::size_t n = 0; n < count; ++n) {
    std::string copy;
    {
      std::lock_guard lock(mutex);
      copy = map.find(key)->second;
    }
    bytes += json::parse(copy).as_string().size();
  }
  const double seconds = watch.seconds();
  if (bytes != count * (kValue.size() - 2)) throw std::runtime_error("the map gave something else");
  return seconds / static_cast<double>(count) * 1e9;
}

Task<double> near_hits(cluster::Cache& cache, std::string key, std::size_t count) {
  std::size_t bytes = 0;
  const Stopwatch watch;
  for (std::size_t n = 0; n < count; ++n) {
    const std::optional<Json> found = co_await cache.get(key);
    bytes += found.value().as_string().size();
  }
  const double seconds = watch.seconds();
  if (bytes != count * (kValue.size() - 2)) throw std::runtime_error("the near cache gave something else");
  co_return seconds / static_cast<double>(count) * 1e9;
}

/// Calls a second of `get`, kInFlight at a time.
template <class Get>
Task<double> gets(boost::asio::any_io_executor executor, std::size_t count, Get get) {
  std::size_t left = count;
  auto one_of_many = [&]() -> Task<void> {
    while (left > 0) {
      --left;
      co_await get();
    }
  };
  Crowd crowd(executor);
  const Stopwatch watch;
  for (std::size_t n = 0; n < kInFlight; ++n) crowd.add(one_of_many());
  co_await crowd.wait();
  co_return static_cast<double>(count) / watch.seconds();
}

void near_cache(Report& report) {
  test::Loop loop;
  const std::string prefix = fresh_name();
  auto client = redis_client(loop);
  {
    redis::RedisNearCache near(client, prefix + ":");
    cluster::Cache cache(near.store(), prefix);
    loop.run(cache.set("key", json::parse(kValue)));
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    // The first read after the link is up fetches the copy.
    while (!near.fresh() || !near.store()->peek(prefix + ":key")) {
      if (std::chrono::steady_clock::now() > give_up)
        throw std::runtime_error("the near cache does not come up");
      loop.run(cache.get("key"));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const std::size_t count = scaled(1'000'000);
    const auto limit = std::chrono::seconds(300);
    const Pair pair = in_turns([&] { return raw_hits(prefix + ":key", count); },
                               [&] { return loop.run(near_hits(cache, "key", count), limit); });
    report.add({"cache: hit in the near cache, 100 B (raw: map + mutex + parse)",
                fmt::format("{:.0f} ns", pair.ours), fmt::format("{:.0f} ns", pair.raw),
                fmt::format("{:.2f}", pair.ratio), "< 1000 ns", pair.ours < 1000});
    loop.run(near.close());
  }
  loop.run(client->close());
}

void far_cache(Report& report) {
  test::Loop loop;
  auto client = redis_client(loop);
  redis::RedisCacheStore store(client);
  const std::string key = fresh_name() + ":key";
  loop.run(store.set({{key, kValue}}, std::nullopt));
  const std::size_t count = scaled(300'000);
  const auto limit = std::chrono::seconds(300);
  auto through_store = [&]() -> Task<void> {
    const auto found = co_await store.get({key});
    if (!found.at(0) || *found[0] != kValue) throw std::runtime_error("the cache gave something else");
  };
  auto through_client = [&]() -> Task<void> {
    const redis::Reply reply = co_await client->command({"GET", key});
    if (reply.text() != kValue) throw std::runtime_error("the client gave something else");
  };
  auto measure = [&](const char* name, auto get, bool has_goal) {
    const Pair pair = in_turns([&] { return raw_redis_gets(redis_url(), key, count, kInFlight); },
                               [&] { return loop.run(gets(loop.executor(), count, get), limit); });
    Row row{name, rate(pair.ours), rate(pair.raw), fmt::format("{:.2f}", pair.ratio), "", {}};
    if (has_goal) {
      row.goal = ">= 0.70";
      row.met = pair.ratio >= 0.70;
    }
    report.add(std::move(row));
  };
  measure("cache: Redis GET, 100 B, 64 in flight, the cache's store (raw: hiredis)", through_store, true);
  measure("cache: the same, client alone", through_client, false);
  loop.run(client->close());
}

}  // namespace

void cache_cases(Report& report) {
  set_redis_durable(false);
  near_cache(report);
  far_cache(report);
}

}  // namespace flotilla::bench
