#include <fmt/format.h>

#include <stdexcept>

#include "adapters/redis/redis_lock_store.hpp"
#include "base/random.hpp"
#include "cases.hpp"
#include "cluster/lock/locks.hpp"
#include "measure.hpp"
#include "raw_redis.hpp"
#include "world.hpp"

namespace flotilla::bench {
namespace {

using cluster::Millis;

constexpr Millis kTtl{10'000};

struct Times {
  std::vector<double> ping, take, facade, set, bare;
};

/// One call of each in turns, so that all of them see the same machine. Releases are not counted.
Task<void> in_turns_on(redis::RedisClient& client, redis::RedisLockStore& store, cluster::Locks& locks,
                       std::size_t count, Times& times) {
  const std::string key = fresh_name();
  RawRedis raw(redis_url());  // blocks the loop, which has nothing else to do
  for (std::size_t n = 0; n < count; ++n) {
    const Stopwatch ping;
    co_await client.command({"PING"});
    times.ping.push_back(ping.seconds());
    const Stopwatch bare;
    raw.run({"PING"});
    times.bare.push_back(bare.seconds());
    const Stopwatch set;
    co_await client.command({"SET", key + ":plain", "owner", "NX", "PX", "10000"});
    times.set.push_back(set.seconds());
    co_await client.command({"DEL", key + ":plain"});
    const std::string owner = "owner" + std::to_string(n);
    const Stopwatch take;
    const auto attempt = co_await store.try_take(key, owner, kTtl);
    times.take.push_back(take.seconds());
    if (!attempt.granted || !co_await store.release(key, owner))
      throw std::runtime_error("the lock was not free");
    const Stopwatch facade;
    cluster::Lock lock = co_await locks.try_acquire(key, Millis{0}, kTtl);
    times.facade.push_back(facade.seconds());
    co_await lock.release();
  }
}

std::string microseconds(double seconds) { return fmt::format("{:.0f} us", seconds * 1e6); }

}  // namespace

void lock_cases(Report& report) {
  set_redis_durable(false);
  test::Loop loop;
  auto client = redis_client(loop);
  auto store = redis::RedisLockStore::make(client, loop.executor());
  const std::size_t count = scaled(5'000);
  Times times;
  {
    cluster::Locks locks(loop.executor(), store, "bench", Random::system());
    loop.run(in_turns_on(*client, *store, locks, count, times), std::chrono::seconds(120));
  }
  const double ping = quantile(times.ping, 0.5), take = quantile(times.take, 0.5),
               facade = quantile(times.facade, 0.5);
  const double set = quantile(times.set, 0.5), bare = quantile(times.bare, 0.5);
  report.add({"lock: uncontended try_take on Redis (raw: PING, same connection)", microseconds(take),
              microseconds(ping), quotient(take, ping), "<= 1.5", take / ping <= 1.5});
  report.add({"lock: the same through Locks", microseconds(facade), microseconds(ping),
              quotient(facade, ping), "<= 1.5", facade / ping <= 1.5});
  report.add({"lock: for comparison, SET NX PX without a fence (raw: PING)",
              microseconds(set),
              microseconds(ping),
              quotient(set, ping),
              "",
              {}});
  report.add({"lock: PING of our client (raw: hiredis, blocking)",
              microseconds(ping),
              microseconds(bare),
              quotient(ping, bare),
              "",
              {}});
  loop.run(store->close());
  loop.run(client->close());
}

}  // namespace flotilla::bench
