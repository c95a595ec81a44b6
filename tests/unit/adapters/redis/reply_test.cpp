#include "adapters/redis/reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/reply_reader.hpp"
#include "adapters/redis/wire.hpp"
#include "cluster/unavailable.hpp"

namespace flotilla::redis {
namespace {

using cluster::Unavailable;

std::vector<Reply> read(ReplyReader& reader, std::string_view bytes) {
  reader.feed(bytes.data(), bytes.size());
  std::vector<Reply> all;
  while (auto reply = reader.next()) all.push_back(std::move(*reply));
  return all;
}

std::vector<Reply> read(std::string_view bytes) {
  ReplyReader reader;
  return read(reader, bytes);
}

constexpr std::string_view kEveryKind =
    "+OK\r\n-ERR "
    "no\r\n:-42\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*1\r\n$1\r\nx\r\n$-1\r\n";

TEST(ReplyReader, ReadsEveryKind) {
  const auto all = read(kEveryKind);
  ASSERT_EQ(all.size(), 9u);
  EXPECT_EQ(all[0], Reply::make_status("OK"));
  EXPECT_EQ(all[1], Reply::make_error("ERR no"));
  EXPECT_EQ(all[2], Reply::make_integer(-42));
  EXPECT_EQ(all[3], Reply::make_text("a\r\n"));
  EXPECT_EQ(all[4], Reply::make_text(""));
  EXPECT_TRUE(all[5].is_nil());
  EXPECT_TRUE(all[6].is_nil());
  EXPECT_EQ(all[7], Reply::make_array({}));
  EXPECT_EQ(all[8],
            Reply::make_array({Reply::make_integer(1), Reply::make_array({Reply::make_text("x")}), Reply()}));
}

TEST(ReplyReader, ReadsByteByByte) {
  ReplyReader reader;
  std::vector<Reply> all;
  for (const char c : kEveryKind)
    for (Reply& reply : read(reader, {&c, 1})) all.push_back(std::move(reply));
  EXPECT_EQ(all, read(kEveryKind));
}

TEST(ReplyReader, ReadsWhatACommandIsWrittenAs) {
  const std::vector<std::string> command{"SET", std::string("k\0\r\n", 4), ""};
  std::string bytes;
  append_command(bytes, command);
  EXPECT_EQ(bytes, std::string("*3\r\n$3\r\nSET\r\n$4\r\nk\0\r\n\r\n$0\r\n\r\n", 29));
  const auto all = read(bytes);
  ASSERT_EQ(all.size(), 1u);
  for (std::size_t i = 0; i < command.size(); ++i) EXPECT_EQ(all[0].at(i).text(), command[i]);
}

TEST(ReplyReader, RefusesWhatIsNoResp2) {
  EXPECT_THROW(read("HTTP/1.1 400 Bad Request\r\n\r\n"), ProtocolError);
  EXPECT_THROW(read("*1000000000\r\n"), ProtocolError);
  EXPECT_THROW(read("*2\r\n:1\r\n*99999999\r\n"), ProtocolError);
  std::string deep;
  for (int i = 0; i < 12; ++i) deep += "*1\r\n";
  EXPECT_THROW(read(deep + ":1\r\n"), ProtocolError);
}

TEST(Reply, SaysWhenItIsSomethingElse) {
  EXPECT_THROW(Reply::make_integer(1).text(), RedisError);
  EXPECT_THROW(Reply().text(), RedisError);
  EXPECT_THROW(Reply::make_status("OK").integer(), RedisError);
  EXPECT_THROW(Reply::make_text("12x").integer(), RedisError);
  EXPECT_THROW(Reply::make_text("").integer(), RedisError);
  EXPECT_EQ(Reply::make_text("-9223372036854775808").integer(), INT64_MIN);
  EXPECT_THROW(Reply::make_text("9223372036854775808").integer(), RedisError);
  EXPECT_THROW(Reply::make_text("x").items(), RedisError);
  EXPECT_TRUE(Reply().items().empty());
  EXPECT_THROW(Reply::make_array({}).at(0), RedisError);
}

std::optional<Unavailable::Why> why(std::string text) {
  try {
    throw_error("Redis (X)", Reply::make_error(std::move(text)));
  } catch (const Unavailable& error) {
    EXPECT_EQ(error.status(), 503);
    return error.why;
  } catch (const RedisError& error) {
    return std::nullopt;
  }
}

TEST(ErrorReply, IsToldApartByItsFirstWord) {
  for (const char* text :
       {"READONLY You can't write against a read only replica.", "LOADING Redis is loading", "OOM command",
        "MISCONF Redis is configured", "CLUSTERDOWN Hash slot", "BUSY Redis is busy",
        "ERR max number of clients reached"})
    EXPECT_EQ(why(text), Unavailable::Why::refused) << text;
  for (const char* text : {"NOAUTH Authentication required.", "WRONGPASS invalid", "NOPERM this user"})
    EXPECT_EQ(why(text), Unavailable::Why::auth) << text;
  for (const char* text :
       {"ERR syntax error", "WRONGTYPE Operation", "BUSYGROUP exists", "NOSCRIPT none", "OOMX"})
    EXPECT_EQ(why(text), std::nullopt) << text;
}

}  // namespace
}  // namespace flotilla::redis
