#include "base/json_writer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/json.hpp"

namespace flotilla {
namespace {

std::string written(std::string_view text) {
  std::string out;
  JsonWriter writer(out);
  writer.string(text);
  return out;
}

TEST(JsonWriter, EveryAsciiCharacterComesBackFromEveryPlaceOfALongText) {
  for (int c = 0; c < 0x80; ++c) {
    for (std::size_t at = 0; at < 27; ++at) {
      std::string text(27, 'x');
      text[at] = static_cast<char>(c);
      const std::string json = written(text);
      EXPECT_EQ(std::string(json::parse(json).as_string()), text) << c << " at " << at;
      for (const char each : json) EXPECT_GE(static_cast<unsigned char>(each), 0x20) << c << " at " << at;
    }
  }
}

TEST(JsonWriter, WhatNeedsNoEscapeStaysAsItIs) {
  EXPECT_EQ(written(""), "\"\"");
  EXPECT_EQ(written("naïve 東京 \x7f 🚢 1234567"), "\"naïve 東京 \x7f 🚢 1234567\"");
}

TEST(JsonWriter, EscapesThatFollowEachOtherAreAllWritten) {
  EXPECT_EQ(written("\"\\\n\r\t\b\f\x01\x1f"), R"("\"\\\n\r\t\b\f\u0001\u001f")");
}

}  // namespace
}  // namespace flotilla
