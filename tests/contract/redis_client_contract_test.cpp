// What the Redis client promises to the stores built on it, against real servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>

#include "adapters/redis/redis_inspection.hpp"
#include "adapters/redis/redis_subscriber.hpp"
#include "contract/makers/redis.hpp"
#include "contract/makers/servers.hpp"
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
using redis::RedisError;
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

// ---- with the servers of the run
// -----------------------------------------------------------------------------------

class RedisServer : public testing::TestWithParam<const char*> {
 protected:
  std::shared_ptr<RedisClient> client(ClientOptions options = {}) {
    return redis_client(loop, server(GetParam()), options);
  }

  test::Loop loop;
  const std::string app = fresh_app();
};

TEST_P(RedisServer, AnswersOfEveryKind) {
  auto redis = client();
  EXPECT_EQ(ask(loop, *redis, {"SET", app + ":k", std::string("a\0b\r\nc", 6)}), Reply::make_status("OK"));
  EXPECT_EQ(ask(loop, *redis, {"GET", app + ":k"}).text(), std::string("a\0b\r\nc", 6));
  EXPECT_TRUE(ask(loop, *redis, {"GET", app + ":none"}).is_nil());
  EXPECT_EQ(ask(loop, *redis, {"INCRBY", app + ":n", "9223372036854775807"}).integer(), INT64_MAX);
  ask(loop, *redis, {"RPUSH", app + ":l", "x", "", "z"});
  const Reply list = ask(loop, *redis, {"LRANGE", app + ":l", "0", "-1"});
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list.at(1).text(), "");
  EXPECT_EQ(list.at(2).text(), "z");
  const Reply nested = ask(loop, *redis, {"EVAL", "return {1,{2,{'three',{}}}}", "0"});
  EXPECT_EQ(nested.at(1).at(1).at(0).text(), "three");
  EXPECT_EQ(nested.at(1).at(1).at(1), Reply::make_array({}));
}

TEST_P(RedisServer, AnErrorReplyIsThrownWithItsText) {
  auto redis = client();
  ask(loop, *redis, {"SET", app + ":k", "v"});
  try {
    ask(loop, *redis, {"LPUSH", app + ":k", "x"});
    FAIL() << "nothing was thrown";
  } catch (const RedisError& error) {
    EXPECT_EQ(error.code(), "WRONGTYPE");
    EXPECT_THAT(error.what(), HasSubstr("TEST_REDIS_URL"));
  }
  EXPECT_EQ(ask(loop, *redis, {"GET", app + ":k"}).text(), "v") << "the connection lives on";
}

TEST_P(RedisServer, TenThousandCommandsInFlightAreAnsweredInOrder) {
  auto redis = client();
  constexpr int kCommands = 10'000;
  std::vector<std::int64_t> answers(kCommands, 0);
  auto one = [&](int i) -> Task<void> {
    Command command{"INCR", app + ":n"};
    answers[static_cast<std::size_t>(i)] = (co_await redis->command(std::move(command))).integer();
  };
  TaskGroup group(loop.executor());
  for (int i = 0; i < kCommands; ++i) group.spawn("increment", one(i));
  loop.run(group.wait());
  for (int i = 0; i < kCommands; ++i) ASSERT_EQ(answers[static_cast<std::size_t>(i)], i + 1);
}

TEST_P(RedisServer, CallersOnManyLoopsGetTheirOwnAnswers) {
  auto redis = client();
  constexpr int kLoops = 4, kEach = 2'000;
  std::vector<std::unique_ptr<test::Loop>> loops;
  std::atomic<int> wrong{0}, elsewhere{0};
  auto one = [&](int who) -> Task<void> {
    const auto home = std::this_thread::get_id();
    for (int i = 0; i < kEach; ++i) {
      const std::string text = std::to_string(who) + "-" + std::to_string(i);
      Command command{"ECHO", text};
      if ((co_await redis->command(std::move(command))).text() != text) ++wrong;
      if (std::this_thread::get_id() != home) ++elsewhere;
    }
  };
  std::vector<std::future<void>> ends;
  for (int i = 0; i < kLoops; ++i) {
    loops.push_back(std::make_unique<test::Loop>());
    ends.push_back(boost::asio::co_spawn(loops.back()->context(), one(i), boost::asio::use_future));
  }
  for (auto& end : ends) {
    ASSERT_EQ(end.wait_for(60s), std::future_status::ready);
    end.get();
  }
  loop.run(redis->close());  // its loop has then left the others, which end here
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(elsewhere, 0) << "a caller resumes on its own loop";
}

TEST_P(RedisServer, AScriptTheServerDoesNotKnowIsSentOnce) {
  auto redis = client();
  const redis::Script script("return {KEYS[1], ARGV[1], '" + app + "'}");
  EXPECT_EQ(ask(loop, *redis, {"SCRIPT", "EXISTS", script.sha1()}).at(0).integer(), 0);
  for (int i = 0; i < 2; ++i) {
    const Reply reply = loop.run(redis->run(script, {app + ":k"}, {"argument"}));
    EXPECT_EQ(reply.at(0).text(), app + ":k");
    EXPECT_EQ(reply.at(1).text(), "argument");
  }
  EXPECT_EQ(ask(loop, *redis, {"SCRIPT", "EXISTS", script.sha1()}).at(0).integer(), 1);
  const redis::Script broken("return redis.call('LPUSH', KEYS[1], 'x')");
  ask(loop, *redis, {"SET", app + ":k", "v"});
  EXPECT_THROW(loop.run(redis->run(broken, {app + ":k"}, {})), RedisError);
}

TEST_P(RedisServer, APipelineKeepsItsErrorsAndATransactionThrowsThem) {
  auto redis = client();
  const auto replies =
      loop.run(redis->pipeline({{"SET", app + ":k", "v"}, {"LPUSH", app + ":k", "x"}, {"GET", app + ":k"}}));
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_TRUE(replies[1].is_error());
  EXPECT_EQ(replies[2].text(), "v");
  const auto results = loop.run(redis->transaction({{"INCR", app + ":n"}, {"INCR", app + ":n"}}));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].integer(), 2);
  EXPECT_THROW(loop.run(redis->transaction({{"INCR", app + ":n"}, {"NOSUCHCOMMAND"}})), RedisError);
  EXPECT_EQ(ask(loop, *redis, {"GET", app + ":n"}).text(), "2") << "nothing of a refused transaction ran";
}

TEST_P(RedisServer, TransactionsOfManyCallersDoNotMix) {
  auto redis = client();
  auto one = [&](int i) -> Task<void> {
    const std::string value = std::to_string(i);
    std::vector<Command> commands{
        {"SET", app + ":a", value}, {"SET", app + ":b", value}, {"MGET", app + ":a", app + ":b"}};
    const auto results = co_await redis->transaction(std::move(commands));
    EXPECT_EQ(results.at(2).at(0).text(), value);
    EXPECT_EQ(results.at(2).at(1).text(), value);
  };
  TaskGroup group(loop.executor());
  for (int i = 0; i < 200; ++i) group.spawn("transaction", one(i));
  loop.run(group.wait());
}

TEST_P(RedisServer, ABlockingCommandStandsInNobodysWay) {
  auto redis = client();
  std::atomic<bool> popped{false};
  auto wait = [&]() -> Task<void> {
    Command command{"BLPOP", app + ":list", "30"};
    const Reply reply = co_await redis->blocking(std::move(command), 30s);
    EXPECT_EQ(reply.at(1).text(), "work");
    popped = true;
  };
  TaskGroup group(loop.executor());
  for (int i = 0; i < 3; ++i) group.spawn("pop", wait());
  for (int i = 0; i < 100; ++i) ask(loop, *redis, {"INCR", app + ":n"});
  EXPECT_FALSE(popped);
  ask(loop, *redis, {"RPUSH", app + ":list", "work", "work", "work"});
  loop.run(group.wait());
  EXPECT_TRUE(popped);
  EXPECT_TRUE(loop.run(redis->blocking({"BLPOP", app + ":list", "0.05"}, 50ms)).is_nil());
}

TEST_P(RedisServer, KnowsItsServer) {
  auto redis = client();
  EXPECT_EQ(redis->server_run_id().size(), 40u);
  EXPECT_EQ(redis::major_version(redis->server().version), std::string(GetParam()) == "redis8" ? 8 : 7);
  EXPECT_EQ(redis->server().maxmemory_policy, "noeviction");
}

TEST_P(RedisServer, ASelectedDatabaseIsApartFromTheOthers) {
  auto zero = client();
  auto address = parse(server(GetParam()));
  auto three = redis_client(loop, "redis://127.0.0.1:" + std::to_string(address.port) + "/3");
  ask(loop, *three, {"SET", app + ":k", "v"});
  EXPECT_TRUE(ask(loop, *zero, {"GET", app + ":k"}).is_nil());
  const redis::Inspection far =
      loop.run(redis::inspect(parse("redis://127.0.0.1:" + std::to_string(address.port) + "/9999"), 10s));
  EXPECT_EQ(far.failed, Unavailable::Why::refused);
  EXPECT_THAT(far.error, HasSubstr("SELECT"));
}

TEST_P(RedisServer, PublishedMessagesReachTheSubscriber) {
  auto redis = client();
  std::mutex mutex;
  std::vector<std::string> heard;
  redis::RedisSubscriber::Listener listener;
  listener.message = [&](const std::string& channel, const Reply& payload) {
    std::lock_guard lock(mutex);
    heard.push_back(channel + "=" + payload.text());
  };
  redis::RedisSubscriber subscriber(loop.executor(), parse(server(GetParam())), listener, {app + ":one"});
  ASSERT_TRUE(until([&] { return subscriber.subscribed(); }));
  EXPECT_EQ(ask(loop, *redis, {"PUBLISH", app + ":one", "1"}).integer(), 1);
  ASSERT_TRUE(loop.run(subscriber.subscribe(app + ":two", 10s)));
  ASSERT_TRUE(loop.run(subscriber.subscribe(app + ":two", 10s))) << "a second user of the same channel";
  subscriber.unsubscribe(app + ":two");
  EXPECT_EQ(ask(loop, *redis, {"PUBLISH", app + ":two", "2"}).integer(), 1) << "the first user still listens";
  subscriber.unsubscribe(app + ":two");
  EXPECT_TRUE(until([&] { return ask(loop, *redis, {"PUBLISH", app + ":two", "3"}).integer() == 0; }));
  EXPECT_TRUE(until([&] {
    std::lock_guard lock(mutex);
    return heard.size() >= 2 && heard[0] == app + ":one=1" && heard[1] == app + ":two=2";
  }));
  loop.run(subscriber.close());
}

TEST_P(RedisServer, CloseLetsCommandsEndAndEndsBlockingOnes) {
  auto redis = client();
  std::atomic<bool> ended{false};
  std::optional<Unavailable> blocked;
  auto wait = [&]() -> Task<void> {
    Command command{"BLPOP", app + ":never", "30"};
    try {
      co_await redis->blocking(std::move(command), 30s);
    } catch (const Unavailable& error) {
      blocked = error;
    }
    ended = true;
  };
  TaskGroup group(loop.executor());
  group.spawn("pop", wait());
  ASSERT_TRUE(until(
      [&] { return ask(loop, *redis, {"CLIENT", "LIST"}).text().find("cmd=blpop") != std::string::npos; }));
  loop.run(redis->close());
  loop.run(group.wait());
  EXPECT_TRUE(blocked);
  const auto after = refusal([&] { ask(loop, *redis, {"PING"}); });
  ASSERT_TRUE(after);
  EXPECT_THAT(after->what(), HasSubstr("closed"));
  loop.run(redis->close());
}

TEST_P(RedisServer, TheDoctorSeesIt) {
  const redis::Inspection seen = loop.run(redis::inspect(parse(server(GetParam())), 10s));
  EXPECT_FALSE(seen.failed) << seen.error;
  EXPECT_EQ(seen.server.run_id.size(), 40u);
  EXPECT_TRUE(seen.server.append_only);
  ASSERT_TRUE(seen.clock_skew);
  EXPECT_LT(std::abs(seen.clock_skew->count()), 1'000) << "it runs on this machine";
  ASSERT_TRUE(seen.round_trip);
  EXPECT_GT(seen.round_trip->count(), 0);
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisServer, testing::Values("redis7", "redis8"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace flotilla::contract
