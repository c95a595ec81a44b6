// How a connection ends, with servers that do what real ones seldom do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/redis_client.hpp"
#include "adapters/redis/redis_inspection.hpp"
#include "unit/adapters/redis/scripted_server.hpp"

namespace flotilla::redis {
namespace {

using namespace std::chrono_literals;
using cluster::Unavailable;
using testing::HasSubstr;
using Args = ScriptedServer::Args;

Inspection look(test::Loop& loop, const ScriptedServer& server, Millis limit = 10s) {
  return loop.run(inspect(RedisUrl::parse("REDIS_URL", server.url()), limit));
}

TEST(Link, AServerThatAcceptsAndSaysNothingIsATimeout) {
  test::Loop loop;
  ScriptedServer server([](const Args&) { return ""; });
  const Inspection seen = look(loop, server, 100ms);
  EXPECT_EQ(seen.failed, Unavailable::Why::timeout);
  EXPECT_THAT(seen.error, HasSubstr("REDIS_URL"));
}

TEST(Link, AServerOfAnotherProtocolIsNamedSo) {
  test::Loop loop;
  ScriptedServer server([](const Args&) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; });
  const Inspection seen = look(loop, server);
  EXPECT_EQ(seen.failed, Unavailable::Why::network);
  EXPECT_THAT(seen.error, HasSubstr("RESP2"));
}

TEST(Link, AnAnswerThatNobodyAskedForEndsTheConnection) {
  test::Loop loop;
  ScriptedServer server([](const Args& args) -> std::string {
    if (const auto set_up = ScriptedServer::handshake(args)) return *set_up;
    return ":1\r\n:2\r\n";
  });
  RedisClient client(loop.executor(), RedisUrl::parse("REDIS_URL", server.url()));
  EXPECT_EQ(loop.run(client.command({"INCR", "n"})).integer(), 1);
  // Either way it is an error or a right answer, never the left-over ":2" for somebody else's command.
  try {
    EXPECT_EQ(loop.run(client.command({"INCR", "n"})).integer(), 1);
  } catch (const Unavailable& error) {
    EXPECT_EQ(error.why, Unavailable::Why::network);
  }
}

TEST(Link, AUserWithoutInfoCanWork) {
  test::Loop loop;
  ScriptedServer server([](const Args& args) -> std::string {
    if (args[0] == "INFO" || args[0] == "CLIENT") return "-NOPERM this user has no permissions\r\n";
    return "$1\r\nv\r\n";
  });
  RedisClient client(loop.executor(), RedisUrl::parse("REDIS_URL", server.url()));
  EXPECT_EQ(loop.run(client.command({"GET", "k"})).text(), "v");
  EXPECT_EQ(client.server_run_id(), "");
}

TEST(Link, AServerThatIsLoadingRefusesAndDoesNotLoseTheConnection) {
  test::Loop loop;
  std::atomic<bool> loading{true};
  ScriptedServer server([&](const Args& args) -> std::string {
    if (const auto set_up = ScriptedServer::handshake(args)) return *set_up;
    return loading ? "-LOADING Redis is loading the dataset in memory\r\n" : "$1\r\nv\r\n";
  });
  RedisClient client(loop.executor(), RedisUrl::parse("REDIS_URL", server.url()));
  try {
    loop.run(client.command({"GET", "k"}));
    FAIL() << "it answered";
  } catch (const Unavailable& error) {
    EXPECT_EQ(error.why, Unavailable::Why::refused);
  }
  loading = false;
  EXPECT_EQ(loop.run(client.command({"GET", "k"})).text(), "v");
}

TEST(Link, ACommandIsNeverSentTwice) {
  test::Loop loop;
  ScriptedServer server([](const Args& args) -> std::string {
    if (const auto set_up = ScriptedServer::handshake(args)) return *set_up;
    return "";
  });
  ClientOptions options;
  options.deadline = 100ms;
  RedisClient client(loop.executor(), RedisUrl::parse("REDIS_URL", server.url()), options);
  EXPECT_THROW(loop.run(client.command({"INCR", "n"})), Unavailable);
  loop.run(client.connect(10s));
  EXPECT_THROW(loop.run(client.command({"GET", "marker"})), Unavailable);
  const auto seen = server.seen();
  EXPECT_EQ(std::ranges::count(seen, Args{"INCR", "n"}), 1);
}

}  // namespace
}  // namespace flotilla::redis
