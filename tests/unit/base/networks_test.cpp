#include "base/networks.hpp"

#include <gtest/gtest.h>

namespace flotilla {
namespace {

bool holds(std::string_view networks, std::string_view address) {
  const auto parsed = Networks::parse(networks);
  EXPECT_TRUE(parsed.has_value()) << networks;
  return parsed && parsed->contains(address);
}

TEST(Networks, AddressesAndBlocks) {
  EXPECT_TRUE(holds("127.0.0.1, ::1", "127.0.0.1"));
  EXPECT_TRUE(holds("127.0.0.1, ::1", "::1"));
  EXPECT_FALSE(holds("127.0.0.1, ::1", "127.0.0.2"));
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(holds("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(holds("2001:db8::/32", "2001:db8:1::5"));
  EXPECT_FALSE(holds("2001:db8::/32", "2001:db9::"));
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(holds("", "127.0.0.1"));
  EXPECT_FALSE(holds("0.0.0.0/0,::/0", "localhost"));
}

TEST(Networks, RefusesWhatIsNone) {
  for (const char* text : {"localhost", "10.0.0.0/33", "10.0.0/8", "::1/129", "10.0.0.0/", "10.0.0.0/-1",
                           "10.0.0.0/8x", "1.2.3.4;5.6.7.8"})
    EXPECT_FALSE(Networks::parse(text).has_value()) << text;
}

}  // namespace
}  // namespace flotilla
