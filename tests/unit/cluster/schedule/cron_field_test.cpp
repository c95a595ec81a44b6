#include "cluster/schedule/cron_field.hpp"

#include <gmock/gmock.h>

#include <array>

#include "base/error.hpp"

namespace flotilla::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<std::string_view, 3> kNames = {"one", "two", "three"};
constexpr CronField kPlain{"hour", 0, 23};
constexpr CronField kFromOne{"day", 1, 31};
constexpr CronField kNamed{"thing", 1, 3, kNames, 1};

std::string refusal(const CronField& field, std::string_view text) {
  try {
    parse_cron_field(field, text);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    return error.what();
  }
  ADD_FAILURE() << "\"" << text << "\" was taken";
  return {};
}

TEST(CronField, StarIsEverything) {
  const auto all = parse_cron_field(kFromOne, "*");
  EXPECT_EQ(all.size(), 31u);
  EXPECT_EQ(all.front(), 1);
  EXPECT_EQ(all.back(), 31);
}

TEST(CronField, NumbersListsAndRanges) {
  EXPECT_THAT(parse_cron_field(kPlain, "0"), ElementsAre(0));
  EXPECT_THAT(parse_cron_field(kPlain, "23"), ElementsAre(23));
  EXPECT_THAT(parse_cron_field(kPlain, "007"), ElementsAre(7));
  EXPECT_THAT(parse_cron_field(kPlain, "5-8"), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(parse_cron_field(kPlain, "5-5"), ElementsAre(5));
  EXPECT_THAT(parse_cron_field(kPlain, "9,1,5-7,6,1"), ElementsAre(1, 5, 6, 7, 9)) << "in order, each once";
}

TEST(CronField, StepsBeginAtTheLowestNumber) {
  EXPECT_THAT(parse_cron_field(kPlain, "*/6"), ElementsAre(0, 6, 12, 18));
  EXPECT_THAT(parse_cron_field(kFromOne, "*/10"), ElementsAre(1, 11, 21, 31));
  EXPECT_THAT(parse_cron_field(kPlain, "1-9/4"), ElementsAre(1, 5, 9));
  EXPECT_THAT(parse_cron_field(kPlain, "1-8/4"), ElementsAre(1, 5));
  EXPECT_THAT(parse_cron_field(kPlain, "5/10"), ElementsAre(5, 15)) << "from 5 on";
  EXPECT_THAT(parse_cron_field(kPlain, "1-3/1,20/2"), ElementsAre(1, 2, 3, 20, 22));
  EXPECT_THAT(parse_cron_field(kPlain, "*/23"), ElementsAre(0, 23));
}

TEST(CronField, NamesInAnyCaseStandWhereNumbersDo) {
  EXPECT_THAT(parse_cron_field(kNamed, "one"), ElementsAre(1));
  EXPECT_THAT(parse_cron_field(kNamed, "THREE,One"), ElementsAre(1, 3));
  EXPECT_THAT(parse_cron_field(kNamed, "two-Three"), ElementsAre(2, 3));
  EXPECT_THAT(parse_cron_field(kNamed, "1-three/2"), ElementsAre(1, 3));
}

TEST(CronField, ARefusalNamesTheFieldWhatItTakesAndTheText) {
  const std::string plain = refusal(kPlain, "24");
  EXPECT_THAT(plain, HasSubstr("hour"));
  EXPECT_THAT(plain, HasSubstr("0 to 23"));
  EXPECT_THAT(plain, HasSubstr("\"24\""));
  EXPECT_THAT(refusal(kPlain, "1,2,99-3"), HasSubstr("\"1,2,99-3\"")) << "the whole field";
  EXPECT_THAT(refusal(kNamed, "four"), HasSubstr("names from one to three"));
  EXPECT_THAT(plain, Not(HasSubstr("names")));
}

TEST(CronField, WhatIsNoFieldIsRefused) {
  for (const char* text : {"",
                           "-",
                           ",",
                           "1,",
                           ",1",
                           "1,,2",
                           "a",
                           "-1",
                           "1-",
                           "-5-7",
                           "1-2-3",
                           "24",
                           "0-24",
                           "8-5",
                           "*/0",
                           "*/-1",
                           "*/",
                           "/5",
                           "5/",
                           "*/24",
                           "*/x",
                           "*5",
                           "*-5",
                           "5-*",
                           "1.5",
                           "+1",
                           "0x1",
                           "1 2",
                           " 1",
                           "1 ",
                           "1e1",
                           "**",
                           "?",
                           "L",
                           "1/2/3",
                           "one",
                           "²",
                           "99999999999999999999",
                           "5/99999999999999999999"})
    refusal(kPlain, text);
  refusal(kFromOne, "0");
  refusal(kFromOne, "0-5");
  refusal(kNamed, "on");
  refusal(kNamed, "ones");
  refusal(kNamed, "three-one");
  refusal(kNamed, "*/two");
  refusal(kPlain, std::string_view("1\0", 2));
}

}  // namespace
}  // namespace flotilla::cluster
