#include "api/socket_messages.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/json.hpp"

namespace flotilla::api {
namespace {

TEST(SocketMessages, ReadsTheToken) {
  EXPECT_EQ(token_in(R"({"type":"auth:token","payload":{"token":"a.b.c","authenticator":"basic"}})"),
            "a.b.c");
}

TEST(SocketMessages, AnEmptyTokenIsToldFromNoTokenMessage) {
  EXPECT_EQ(token_in(R"({"type":"auth:token","payload":{"token":""}})"), "");
  EXPECT_EQ(token_in(R"({"type":"auth:token","payload":{"token":null}})"), "");
  EXPECT_EQ(token_in(R"({"type":"auth:token"})"), "");
}

TEST(SocketMessages, OtherMessagesAreNone) {
  const std::string deep = std::string(100'000, '[');
  const std::vector<std::string_view> texts{"ping",
                                            "",
                                            "{",
                                            "null",
                                            "[]",
                                            "1",
                                            "\xff\xfe",
                                            R"({"type":1,"payload":{"token":"x"}})",
                                            R"({"type":"notes","payload":{"token":"x"}})",
                                            R"(["auth:token",{"token":"x"}])",
                                            deep};
  for (std::string_view text : texts) EXPECT_EQ(token_in(text), std::nullopt) << text.substr(0, 60);
}

TEST(SocketMessages, AStrangeTokenIsNoText) {
  EXPECT_EQ(token_in(R"({"type":"auth:token","payload":{"token":{"a":1}}})"), "");
  EXPECT_EQ(token_in(R"({"type":"auth:token","payload":["token"]})"), "");
}

TEST(SocketMessages, SaysThatTheApplicationRuns) {
  const Json message = json::parse(running_message());
  EXPECT_EQ(message.at("type"), "maintaining");
  EXPECT_EQ(message.at("payload").at("code"), "APP_RUNNING");
  EXPECT_TRUE(message.at("payload").at("message").is_string());
  EXPECT_EQ(json::parse(authorized_message()), json::parse(R"({"type":"authorized"})"));
}

}  // namespace
}  // namespace flotilla::api
