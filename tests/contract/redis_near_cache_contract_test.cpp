// Copies in the process in front of Redis: void when anybody changes the key, and never believed without a
// link.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/makers/redis.hpp"
#include "contract/makers/servers.hpp"
#include "contract/own_redis.hpp"
#include "contract/tcp_relay.hpp"
#include "contract/until.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {
namespace {

using namespace std::chrono_literals;
using cluster::CacheStore;
using redis::Command;
using redis::RedisNearCache;
using Value = std::optional<std::string>;

class RedisNear : public testing::TestWithParam<const char*> {
 protected:
  Value get(RedisNearCache& cache, const std::string& key) {
    return loop.run(cache.store()->get({prefix + key})).at(0);
  }
  void set(RedisNearCache& cache, const std::string& key, const std::string& value,
           std::optional<redis::Millis> ttl = {}) {
    std::vector<CacheStore::Entry> entries{{prefix + key, value}};
    loop.run(cache.store()->set(std::move(entries), ttl));
  }
  bool copied(RedisNearCache& cache, const std::string& key) {
    return cache.store()->peek(prefix + key) != nullptr;
  }
  /// Reads until a copy is kept: an invalidation of the write before may still be on its way.
  bool keep(RedisNearCache& cache, const std::string& key) {
    return until([&] {
      get(cache, key);
      return copied(cache, key);
    });
  }

  test::Loop loop;
  const std::string prefix = fresh_app() + ":";
};

TEST_P(RedisNear, ACopyIsKeptAndVoidWhenAnotherNodeChangesTheKey) {
  auto one = redis_near_cache(loop, server(GetParam()), prefix);
  auto two = redis_near_cache(loop, server(GetParam()), prefix);
  set(*one, "k", "1");
  ASSERT_TRUE(keep(*one, "k"));
  ASSERT_TRUE(keep(*two, "k"));
  set(*one, "k", "2");
  EXPECT_TRUE(until([&] { return get(*two, "k") == Value("2"); }, 5s));
  EXPECT_EQ(get(*one, "k"), Value("2")) << "one's own write is read at once";
  ASSERT_TRUE(keep(*two, "k"));
  loop.run(one->store()->erase({prefix + "k"}));
  EXPECT_TRUE(until([&] { return get(*two, "k") == std::nullopt; }, 5s));
}

TEST_P(RedisNear, ManyKeysInOneInvalidationAndAFlush) {
  auto one = redis_near_cache(loop, server(GetParam()), prefix);
  auto plain = redis_client(loop, server(GetParam()));
  std::vector<CacheStore::Entry> entries;
  for (int i = 0; i < 50; ++i) entries.push_back({prefix + std::to_string(i), "v"});
  loop.run(one->store()->set(entries, std::nullopt));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(keep(*one, std::to_string(i)));
  Command mset{"MSET"};
  for (const auto& entry : entries) mset.insert(mset.end(), {entry.key, "w"});
  loop.run(plain->command(mset));
  EXPECT_TRUE(until([&] { return one->store()->size() == 0; }, 5s));
}

TEST_P(RedisNear, ACopyEndsWithItsOriginal) {
  auto one = redis_near_cache(loop, server(GetParam()), prefix);
  set(*one, "k", "1", 300ms);
  ASSERT_TRUE(until([&] { return get(*one, "k") == std::nullopt; }, 10s));
  EXPECT_FALSE(copied(*one, "k"));
}

TEST_P(RedisNear, LivesAndKeysComeFromRedis) {
  auto one = redis_near_cache(loop, server(GetParam()), prefix);
  set(*one, "k", "1", 60s);
  ASSERT_TRUE(keep(*one, "k"));
  const CacheStore::Life life = loop.run(one->store()->life(prefix + "k"));
  EXPECT_TRUE(life.present);
  EXPECT_GT(life.left, 30s);
  EXPECT_EQ(loop.run(one->store()->keys(prefix)), std::vector<std::string>{prefix + "k"});
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisNear, testing::Values("redis7", "redis8"),
                         [](const auto& info) { return std::string(info.param); });

class RedisNearFaults : public testing::Test {
 protected:
  /// The values go straight to the server, the link of the invalidations through the relay.
  std::unique_ptr<RedisNearCache> through(TcpRelay& relay) {
    // The link takes its address from the client it is given, so that one is made for the relay and the
    // values are read by another.
    cluster::NearOptions options;
    options.read = [direct = direct](std::vector<std::string> keys) { return read(direct, std::move(keys)); };
    relayed = redis_client(loop, relay.url());
    auto cache = std::make_unique<RedisNearCache>(relayed, prefix, options);
    EXPECT_TRUE(until([&] { return cache->fresh(); }));
    return cache;
  }
  static Task<std::vector<std::optional<cluster::NearFound>>> read(std::shared_ptr<redis::RedisClient> client,
                                                                   std::vector<std::string> keys) {
    std::vector<std::optional<cluster::NearFound>> found;
    for (const std::string& key : keys) {
      Command command{"GET", key};
      const redis::Reply reply = co_await client->command(std::move(command));
      if (reply.is_nil())
        found.emplace_back();
      else
        found.push_back(cluster::NearFound{reply.text(), std::nullopt});
    }
    co_return found;
  }
  /// Reads until a copy of that value is kept. Once it is, nothing but a later change or a lost link voids
  /// it, when the value was written before the cache began: else its own invalidation may still be on its
  /// way.
  bool keep(RedisNearCache& cache, const std::string& value) {
    return until([&] {
      loop.run(cache.store()->get({prefix + "k"}));
      const auto copy = cache.store()->peek(prefix + "k");
      return copy && *copy == value;
    });
  }
  void write(const std::string& value) { loop.run(direct->command({"SET", prefix + "k", value})); }

  OwnRedis server;
  test::Loop loop;
  const std::string prefix = fresh_app() + ":";
  std::shared_ptr<redis::RedisClient> direct = redis_client(loop, server.url());
  std::shared_ptr<redis::RedisClient> relayed;
};

TEST_F(RedisNearFaults, ALostLinkMakesAllCopiesVoidAndTheyComeBackWithIt) {
  TcpRelay relay(server.port());
  write("1");
  auto cache = through(relay);
  ASSERT_TRUE(keep(*cache, "1"));
  relay.cut();
  EXPECT_TRUE(until([&] { return cache->store()->size() == 0; }));
  ASSERT_TRUE(until([&] { return cache->fresh(); })) << "the link comes back by itself";
  write("2");
  EXPECT_TRUE(keep(*cache, "2"));
  loop.run(cache->close());
  EXPECT_EQ(cache->store()->peek(prefix + "k"), nullptr);
}

TEST_F(RedisNearFaults, AHalfOpenLinkIsNotBelievedForLongerThanTheLease) {
  TcpRelay relay(server.port());
  write("1");
  auto cache = through(relay);
  ASSERT_TRUE(keep(*cache, "1"));
  relay.freeze();
  const auto frozen = std::chrono::steady_clock::now();
  write("2");  // its invalidation does not arrive
  auto believed = frozen;
  ASSERT_TRUE(until([&] {
    const auto before = std::chrono::steady_clock::now();
    if (cache->store()->peek(prefix + "k") == nullptr) return true;
    believed = before;
    return false;
  }));
  EXPECT_LE(believed - frozen, RedisNearCache::kLease) << "what the server confirmed last was before that";
  EXPECT_FALSE(cache->fresh());
  relay.thaw();
  EXPECT_TRUE(keep(*cache, "2"));
}

TEST_F(RedisNearFaults, ALoopThatWasPausedBelievesNothingUntilItHasHeard) {
  TcpRelay relay(server.port());
  write("1");
  auto cache = through(relay);
  ASSERT_TRUE(keep(*cache, "1"));
  // The loop hears nothing while it is held, as in a process that was stopped.
  std::promise<void> held, go;
  auto release = go.get_future().share();
  boost::asio::post(loop.context(), [&held, release] {
    held.set_value();
    release.wait();
  });
  held.get_future().get();
  EXPECT_TRUE(until([&] { return cache->store()->peek(prefix + "k") == nullptr; }))
      << "another thread still believes a copy that nobody watches";
  go.set_value();
  ASSERT_TRUE(until([&] { return cache->fresh(); }));
}

}  // namespace
}  // namespace flotilla::contract
