#include "api/client_address.hpp"

#include <gtest/gtest.h>

namespace flotilla::api {
namespace {

std::string from(const char* remote, const char* forwarded, const char* trusted = "127.0.0.1,10.0.0.0/8") {
  http::Request request;
  request.remote = remote;
  if (*forwarded) request.headers.add("X-Forwarded-For", forwarded);
  return client_address(request, *Networks::parse(trusted));
}

TEST(ClientAddress, AStrangersHeaderCountsForNothing) {
  EXPECT_EQ(from("203.0.113.9", "198.51.100.1"), "203.0.113.9");
  EXPECT_EQ(from("203.0.113.9", ""), "203.0.113.9");
}

TEST(ClientAddress, ATrustedProxyTells) {
  EXPECT_EQ(from("127.0.0.1", "198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(from("127.0.0.1", ""), "127.0.0.1");
}

TEST(ClientAddress, WhatTheClientWroteItselfIsLeftOfWhatTheProxyWrote) {
  EXPECT_EQ(from("127.0.0.1", "1.1.1.1, 198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(from("127.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.7"), "198.51.100.1");
}

TEST(ClientAddress, WhatIsNoAddressEndsTheSearch) {
  EXPECT_EQ(from("127.0.0.1", "198.51.100.1, unknown, 10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(from("127.0.0.1", "' OR 1=1"), "127.0.0.1");
}

}  // namespace
}  // namespace flotilla::api
