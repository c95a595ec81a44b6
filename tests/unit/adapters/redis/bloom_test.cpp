#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/bloom_header.hpp"
#include "adapters/redis/redis_bloom_store.hpp"
#include "unit/adapters/redis/scripted_server.hpp"

namespace flotilla::redis {
namespace {

using cluster::BloomShape;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST(BloomHeader, IsReadAsItWasWritten) {
  for (const BloomShape& shape : {BloomShape{1, 1}, BloomShape{14'377'588, 10}, BloomShape{kBloomBitsMax, 40},
                                  BloomShape::of(0.001, 1'000'000)}) {
    const std::string header = bloom_header(shape);
    EXPECT_EQ(header.size(), kBloomHeaderBytes);
    EXPECT_EQ(read_bloom_header(header), shape);
  }
}

TEST(BloomHeader, OtherTextsAreNone) {
  const std::string good = bloom_header({1'000, 7});
  for (std::string text :
       {std::string(), good.substr(1), good + " ", std::string(64, ' '), std::string(64, '\0')})
    EXPECT_EQ(read_bloom_header(text), std::nullopt) << text;
  for (const char* numbers :
       {"0 7 ", "1000 0 ", "-1 7 ", "1000 -7 ", "4294967296 7 ", "1000x 7 ", "99999999999999999999 7 "}) {
    std::string text = std::string("flotilla-bloom 1 ") + numbers;
    text.resize(kBloomHeaderBytes, ' ');
    EXPECT_EQ(read_bloom_header(text), std::nullopt) << text;
  }
}

// No server of this machine has BF.*; its documentation says these answers.
class WithModule : public testing::Test {
 protected:
  std::string answer(const ScriptedServer::Args& args) {
    if (const auto set_up = ScriptedServer::handshake(args)) return *set_up;
    if (args[0] == "COMMAND") return "*1\r\n*2\r\n$9\r\nbf.insert\r\n:-4\r\n";
    const bool bitmap = args.size() > 1 && args[1] == "bitmap";
    if (bitmap && args[0].starts_with("BF."))
      return "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
    if (args[0] == "BF.RESERVE") return args[1] == "old" ? "-ERR item exists\r\n" : "+OK\r\n";
    if (args[0] == "BF.INSERT") return args[1] == "none" ? "-ERR not found\r\n" : "*2\r\n:1\r\n:0\r\n";
    if (args[0] == "BF.EXISTS") return args[2] == "in" ? ":1\r\n" : ":0\r\n";
    if (args[0] == "GETRANGE") return "$64\r\n" + bloom_header({1'000, 2}) + "\r\n";
    if (args[0] == "EVALSHA") return ":1\r\n";
    return "-ERR unknown command\r\n";
  }
  void SetUp() override { loop.run(client->connect(Millis(10'000))); }

  test::Loop loop;
  ScriptedServer server{[this](const ScriptedServer::Args& args) { return answer(args); }};
  std::shared_ptr<RedisClient> client =
      std::make_shared<RedisClient>(loop.executor(), RedisUrl::parse("REDIS_URL", server.url()));
  RedisBloomStore store{client};
};

TEST_F(WithModule, ItsCommandsAreUsedAndItIsAskedForOnce) {
  loop.run(store.reserve("new", 0.001, 1'000'000));
  loop.run(store.reserve("old", 0.001, 1'000'000));
  loop.run(store.add("new", {"a", "b"}));
  EXPECT_TRUE(loop.run(store.exists("new", "in")));
  EXPECT_FALSE(loop.run(store.exists("new", "out")));
  const auto seen = server.seen();
  EXPECT_THAT(seen, Contains(ElementsAre("BF.RESERVE", "new", "0.001", "1000000")));
  EXPECT_THAT(seen, Contains(ElementsAre("BF.INSERT", "new", "NOCREATE", "ITEMS", "a", "b")));
  EXPECT_EQ(std::ranges::count_if(seen, [](const auto& args) { return args[0] == "COMMAND"; }), 1);
  EXPECT_THAT(seen, Not(Contains(Contains("GETRANGE"))));
}

TEST_F(WithModule, AnUnreservedFilterTakesNothing) {
  try {
    loop.run(store.add("none", {"a"}));
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 404);
    EXPECT_THAT(error.what(), testing::HasSubstr("none"));
  }
}

TEST_F(WithModule, AFilterMadeOnBitmapsIsUsedOn) {
  loop.run(store.reserve("bitmap", 0.001, 1'000));
  loop.run(store.add("bitmap", {"a"}));
  EXPECT_TRUE(loop.run(store.exists("bitmap", "a")));
  EXPECT_THAT(server.seen(), Contains(Contains("EVALSHA")));
}

TEST_F(WithModule, WrongNumbersAreRefusedBeforeTheyAreSent) {
  EXPECT_THROW(loop.run(store.reserve("new", 0, 10)), Error);
  EXPECT_THROW(loop.run(store.reserve("new", 1, 10)), Error);
  EXPECT_THROW(loop.run(store.reserve("new", 0.1, 0)), Error);
  EXPECT_THAT(server.seen(), Not(Contains(Contains("BF.RESERVE"))));
}

}  // namespace
}  // namespace flotilla::redis
