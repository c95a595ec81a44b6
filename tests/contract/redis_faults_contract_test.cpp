// The Redis client with a server that is stopped, killed, started again, or refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "adapters/redis/redis_connections.hpp"
#include "adapters/redis/redis_inspection.hpp"
#include "adapters/redis/redis_subscriber.hpp"
#include "contract/makers/redis.hpp"
#include "contract/own_redis.hpp"
#include "contract/until.hpp"
#include "lib/cpp/loop.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using namespace std::chrono_literals;
using cluster::Unavailable;
using redis::ClientOptions;
using redis::Command;
using redis::RedisClient;
using redis::RedisUrl;
using redis::Reply;
using testing::HasSubstr;

RedisUrl parse(const std::string& url) { return RedisUrl::parse("TEST_REDIS_URL", url); }

Reply ask(test::Loop& loop, RedisClient& client, Command command) {
  return loop.run(client.command(std::move(command)));
}

/// The Unavailable that a call ends with.
template <class Call>
std::optional<Unavailable> refusal(Call call) {
  try {
    call();
    return std::nullopt;
  } catch (const Unavailable& error) {
    return error;
  }
}

TEST(RedisClientFaults, FailsFastWhileTheServerIsDownAndComesBack) {
  OwnRedis server;
  test::Loop loop;
  ClientOptions options;
  options.deadline = 10min;  // a call that waited for the server would outlast what run() waits
  auto redis = redis_client(loop, server.url(), options);
  const std::string run_id = redis->server_run_id();
  server.kill();
  ASSERT_TRUE(until([&] { return !redis->connected(); }));
  EXPECT_EQ(redis->server_run_id(), "");
  const auto down = refusal([&] { ask(loop, *redis, {"PING"}); });
  ASSERT_TRUE(down);
  EXPECT_EQ(down->why, Unavailable::Why::network);
  EXPECT_THAT(down->what(), HasSubstr("Redis (TEST_REDIS_URL)"));
  EXPECT_TRUE(refusal([&] { loop.run(redis->blocking({"BLPOP", "x", "1"}, 1s)); }));
  server.start();
  loop.run(redis->connect(20s));
  EXPECT_EQ(ask(loop, *redis, {"PING"}).text(), "PONG");
  EXPECT_NE(redis->server_run_id(), run_id) << "a restarted server is another one";
}

TEST(RedisClientFaults, ConnectsToAServerThatStartsLater) {
  OwnRedis server;
  server.kill();
  test::Loop loop;
  RedisClient redis(loop.executor(), parse(server.url()));
  const auto first = refusal([&] { ask(loop, redis, {"PING"}); });
  ASSERT_TRUE(first);
  EXPECT_EQ(first->why, Unavailable::Why::network);
  server.start();
  loop.run(redis.connect(20s));
  EXPECT_EQ(ask(loop, redis, {"PING"}).text(), "PONG");
}

TEST(RedisClientFaults, CommandsMadeBeforeTheFirstConnectionWaitForIt) {
  OwnRedis server;
  test::Loop loop;
  RedisClient redis(loop.executor(), parse(server.url()));
  EXPECT_EQ(ask(loop, redis, {"PING"}).text(), "PONG");
}

TEST(RedisClientFaults, WhatIsInFlightWhenTheServerDiesFails) {
  OwnRedis server;
  test::Loop loop;
  auto redis = redis_client(loop, server.url());
  server.pause();
  std::atomic<int> failed{0};
  auto one = [&]() -> Task<void> {
    Command command{"INCR", "n"};
    try {
      co_await redis->command(std::move(command));
    } catch (const Unavailable&) {
      ++failed;
    }
  };
  TaskGroup group(loop.executor());
  for (int i = 0; i < 100; ++i) group.spawn("increment", one());
  server.kill();
  loop.run(group.wait());
  EXPECT_EQ(failed, 100);
}

TEST(RedisClientFaults, AServerThatDoesNotAnswerIsATimeoutAndTheConnectionIsGivenUp) {
  OwnRedis server;
  test::Loop loop;
  ClientOptions options;
  options.deadline = 300ms;
  auto redis = redis_client(loop, server.url(), options);
  server.pause();
  const auto silent = refusal([&] { ask(loop, *redis, {"PING"}); });
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->why, Unavailable::Why::timeout);
  EXPECT_TRUE(until([&] { return !redis->connected(); }));
  server.resume();
  loop.run(redis->connect(20s));
  EXPECT_EQ(ask(loop, *redis, {"PING"}).text(), "PONG");
}

TEST(RedisClientFaults, AHalfOpenConnectionIsFoundWithoutACommand) {
  OwnRedis server;
  test::Loop loop;
  ClientOptions options;
  options.deadline = 300ms;
  options.ping_after = 100ms;
  auto redis = redis_client(loop, server.url(), options);
  server.pause();
  EXPECT_TRUE(until([&] { return !redis->connected(); }));
  server.resume();
  loop.run(redis->connect(20s));
}

TEST(RedisClientFaults, AuthErrorsAreToldApartFromNetworkErrors) {
  OwnRedis server({"--requirepass", "right-secret"});
  test::Loop loop;
  for (const char* user : {"", ":wrong-secret@", "nobody:wrong-secret@"}) {
    const auto denied = refusal([&] { redis_client(loop, server.url(user)); });
    ASSERT_TRUE(denied) << user;
    EXPECT_EQ(denied->why, Unavailable::Why::auth) << denied->what();
    EXPECT_THAT(denied->what(), Not(HasSubstr("secret")));
  }
  EXPECT_EQ(loop.run(redis::inspect(parse(server.url(":wrong-secret@")), 5s)).failed, Unavailable::Why::auth);
  auto redis = redis_client(loop, server.url(":right-secret@"));
  EXPECT_EQ(ask(loop, *redis, {"PING"}).text(), "PONG");
  // A user who may do little can still work, and is told what it may not do.
  ask(loop, *redis, {"ACL", "SETUSER", "small", "on", ">small-secret", "~mine:*", "+get"});
  auto small = redis_client(loop, server.url("small:small-secret@"));
  EXPECT_TRUE(ask(loop, *small, {"GET", "mine:x"}).is_nil());
  EXPECT_EQ(small->server_run_id(), "");
  const auto forbidden = refusal([&] { ask(loop, *small, {"SET", "mine:x", "1"}); });
  ASSERT_TRUE(forbidden);
  EXPECT_EQ(forbidden->why, Unavailable::Why::auth);
}

TEST(RedisClientFaults, APasswordThatIsPutRightLaterIsTakenUp) {
  OwnRedis server;
  test::Loop loop;
  auto redis = redis_client(loop, server.url());
  ask(loop, *redis, {"CONFIG", "SET", "requirepass", "right-secret"});
  RedisClient late(loop.executor(), parse(server.url(":right-secret@")));
  loop.run(late.connect(20s));
  RedisClient wrong(loop.executor(), parse(server.url(":other-secret@")));
  EXPECT_TRUE(refusal([&] { loop.run(wrong.connect(20s)); }));
  ask(loop, late, {"CONFIG", "SET", "requirepass", "other-secret"});
  EXPECT_TRUE(until([&] { return wrong.connected(); }));
}

TEST(RedisClientFaults, RefusalsOfTheServerAreToldApart) {
  OwnRedis server;
  test::Loop loop;
  auto redis = redis_client(loop, server.url());
  ask(loop, *redis, {"CONFIG", "SET", "maxmemory", "1"});
  const auto full = refusal([&] { ask(loop, *redis, {"SET", "k", "v"}); });
  ASSERT_TRUE(full);
  EXPECT_EQ(full->why, Unavailable::Why::refused);
  EXPECT_THAT(full->what(), HasSubstr("OOM"));
  ask(loop, *redis, {"CONFIG", "SET", "maxmemory", "0"});
  ask(loop, *redis, {"REPLICAOF", "127.0.0.1", std::to_string(free_port())});
  const auto replica = refusal([&] { ask(loop, *redis, {"SET", "k", "v"}); });
  ASSERT_TRUE(replica);
  EXPECT_EQ(replica->why, Unavailable::Why::refused);
  EXPECT_THAT(replica->what(), HasSubstr("READONLY"));
}

TEST(RedisClientFaults, ASubscriberIsBackAfterARestartAndSaysWhatItMissed) {
  OwnRedis server;
  test::Loop loop;
  std::atomic<int> stood{0}, lost{0}, heard{0};
  redis::RedisSubscriber::Listener listener;
  listener.message = [&](const std::string&, const Reply&) { ++heard; };
  listener.subscribed = [&] { ++stood; };
  listener.lost = [&] { ++lost; };
  redis::RedisSubscriber subscriber(loop.executor(), parse(server.url()), listener, {"channel"});
  ASSERT_TRUE(until([&] { return stood == 1; }));
  server.kill();
  ASSERT_TRUE(until([&] { return lost == 1; }));
  EXPECT_FALSE(subscriber.subscribed());
  EXPECT_FALSE(loop.run(subscriber.subscribe("later", 50ms)));
  server.start();
  ASSERT_TRUE(until([&] { return stood == 2; }));
  auto redis = redis_client(loop, server.url());
  EXPECT_EQ(ask(loop, *redis, {"PUBLISH", "channel", "x"}).integer(), 1);
  EXPECT_EQ(ask(loop, *redis, {"PUBLISH", "later", "x"}).integer(), 1)
      << "asked for while there was no connection";
  EXPECT_TRUE(until([&] { return heard == 2; }));
  EXPECT_EQ(lost, 1);
  loop.run(subscriber.close());
  EXPECT_EQ(lost, 1) << "closing is not losing";
}

TEST(RedisConnections, ShareAClientForAPurposeAndCloseAll) {
  OwnRedis server;
  test::Loop loop;
  redis::RedisConnections connections(loop.executor());
  const auto lock = RedisUrl::parse("LOCK_ADAPTER_REDIS_URL", server.url());
  const auto queue = RedisUrl::parse("QUEUE_ADAPTER_REDIS_URL", server.url());
  auto one = connections.client(lock, "lock", redis::Keeping::durable);
  EXPECT_EQ(connections.client(lock, "lock", redis::Keeping::durable), one);
  EXPECT_NE(connections.client(queue, "queue", redis::Keeping::durable), one);
  loop.run(one->connect(20s));
  loop.run(connections.close());
  EXPECT_TRUE(refusal([&] { ask(loop, *one, {"PING"}); }));
  EXPECT_TRUE(refusal([&] { connections.client(lock, "lock", redis::Keeping::durable); }));
}

TEST(RedisDoctor, SaysThatNobodyListens) {
  test::Loop loop;
  const redis::Inspection seen =
      loop.run(redis::inspect(parse("redis://127.0.0.1:" + std::to_string(free_port())), 2s));
  EXPECT_EQ(seen.failed, Unavailable::Why::network);
  EXPECT_THAT(seen.error, HasSubstr("TEST_REDIS_URL"));
}

TEST(RedisDoctor, SaysThatTheServerDoesNotAnswer) {
  OwnRedis server;
  server.pause();
  test::Loop loop;
  EXPECT_EQ(loop.run(redis::inspect(parse(server.url()), 300ms)).failed, Unavailable::Why::timeout);
  server.resume();
}

}  // namespace
}  // namespace flotilla::contract
