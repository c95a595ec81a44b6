#include "cluster/schedule/cron.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "unit/cluster/schedule/support.hpp"

namespace flotilla::cluster {
namespace {

using test::dues;
using test::utc;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> dues_of(const std::string& text, const std::string& from, std::size_t count = 3) {
  return dues(Cron::parse(text), from, count);
}

std::string refusal(const std::string& text, const std::string& zone = "UTC") {
  try {
    Cron::parse(text, zone);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    return error.what();
  }
  ADD_FAILURE() << "\"" << text << "\" in \"" << zone << "\" was taken";
  return {};
}

TEST(Cron, EveryMinuteIsAtItsBeginning) {
  EXPECT_THAT(dues_of("* * * * *", "2026-03-04 05:06:07"),
              ElementsAre("2026-03-04 05:07:00", "2026-03-04 05:08:00", "2026-03-04 05:09:00"));
}

TEST(Cron, TheNextIsStrictlyLater) {
  const Cron cron = Cron::parse("0 12 * * *");
  EXPECT_EQ(cron.next(utc("2026-03-04 11:59:59.999")), utc("2026-03-04 12:00:00"));
  EXPECT_EQ(cron.next(utc("2026-03-04 12:00:00")), utc("2026-03-05 12:00:00"));
  EXPECT_EQ(cron.next(utc("2026-03-04 12:00:00.001")), utc("2026-03-05 12:00:00"));
  EXPECT_EQ(cron.next(utc("2026-03-04 12:00:59.999")), utc("2026-03-05 12:00:00"));
}

TEST(Cron, ASixthFieldInFrontIsTheSecond) {
  EXPECT_THAT(dues_of("*/20 59 23 31 12 *", "2026-12-31 23:59:00"),
              ElementsAre("2026-12-31 23:59:20", "2026-12-31 23:59:40", "2027-12-31 23:59:00"));
  EXPECT_THAT(dues_of("59 * * * * *", "2026-03-04 05:06:59"),
              ElementsAre("2026-03-04 05:07:59", "2026-03-04 05:08:59", "2026-03-04 05:09:59"));
}

TEST(Cron, BlanksBetweenFieldsAreOfAnyKind) {
  EXPECT_THAT(dues_of("  0\t12   * \n * *  ", "2026-03-04 00:00:00", 1), ElementsAre("2026-03-04 12:00:00"));
}

TEST(Cron, FieldsAreCombined) {
  EXPECT_THAT(dues_of("*/30 9-10 * * *", "2026-03-04 09:00:00", 4),
              ElementsAre("2026-03-04 09:30:00", "2026-03-04 10:00:00", "2026-03-04 10:30:00",
                          "2026-03-05 09:00:00"));
  EXPECT_THAT(dues_of("0 0 1 1,7 *", "2026-03-04 00:00:00"),
              ElementsAre("2026-07-01 00:00:00", "2027-01-01 00:00:00", "2027-07-01 00:00:00"));
  EXPECT_THAT(dues_of("0 0 1 JAN-feb *", "2026-03-04 00:00:00", 2),
              ElementsAre("2027-01-01 00:00:00", "2027-02-01 00:00:00"));
}

TEST(Cron, WeekdaysHaveNamesAndSundayTwoNumbers) {
  // 4 March 2026 is a Wednesday.
  EXPECT_THAT(dues_of("0 0 * * MON-FRI", "2026-03-05 00:00:00"),
              ElementsAre("2026-03-06 00:00:00", "2026-03-09 00:00:00", "2026-03-10 00:00:00"));
  for (const char* sunday : {"0", "7", "SUN", "sun", "0,7"})
    EXPECT_THAT(dues_of(std::string("0 0 * * ") + sunday, "2026-03-04 00:00:00", 2),
                ElementsAre("2026-03-08 00:00:00", "2026-03-15 00:00:00"))
        << sunday;
  EXPECT_THAT(dues_of("0 0 * * 6-7", "2026-03-04 00:00:00"),
              ElementsAre("2026-03-07 00:00:00", "2026-03-08 00:00:00", "2026-03-14 00:00:00"));
}

TEST(Cron, OfDayAndWeekdayEitherIsEnoughWhenBothAreRestricted) {
  // Fridays, and every 13th.
  EXPECT_THAT(dues_of("0 0 13 * FRI", "2026-04-01 00:00:00", 4),
              ElementsAre("2026-04-03 00:00:00", "2026-04-10 00:00:00", "2026-04-13 00:00:00",
                          "2026-04-17 00:00:00"));
}

TEST(Cron, OfDayAndWeekdayTheOneThatIsRestrictedCounts) {
  EXPECT_THAT(dues_of("0 0 13 * *", "2026-04-01 00:00:00", 2),
              ElementsAre("2026-04-13 00:00:00", "2026-05-13 00:00:00"));
  EXPECT_THAT(dues_of("0 0 * * FRI", "2026-04-01 00:00:00", 2),
              ElementsAre("2026-04-03 00:00:00", "2026-04-10 00:00:00"));
}

TEST(Cron, AFieldThatBeginsWithAStarDoesNotRestrictEvenWithAStep) {
  // As crontab(5): both have to match. Odd days that are Mondays.
  EXPECT_THAT(dues_of("0 0 */2 * MON", "2026-06-01 00:00:00"),
              ElementsAre("2026-06-15 00:00:00", "2026-06-29 00:00:00", "2026-07-13 00:00:00"));
  EXPECT_THAT(dues_of("0 0 1-31/2 * MON", "2026-06-01 00:00:00"),
              ElementsAre("2026-06-03 00:00:00", "2026-06-05 00:00:00", "2026-06-07 00:00:00"));
}

TEST(Cron, MonthsHaveTheirOwnLengths) {
  EXPECT_THAT(dues_of("0 0 31 * *", "2026-01-31 00:00:00"),
              ElementsAre("2026-03-31 00:00:00", "2026-05-31 00:00:00", "2026-07-31 00:00:00"));
  EXPECT_THAT(dues_of("0 0 30 * *", "2026-01-30 00:00:00", 1), ElementsAre("2026-03-30 00:00:00"));
}

TEST(Cron, LeapDays) {
  EXPECT_THAT(dues_of("0 0 29 2 *", "2024-02-28 00:00:00"),
              ElementsAre("2024-02-29 00:00:00", "2028-02-29 00:00:00", "2032-02-29 00:00:00"));
  EXPECT_THAT(dues_of("0 0 29 2 *", "1999-12-31 00:00:00", 1), ElementsAre("2000-02-29 00:00:00"))
      << "a year that ends in 00 and can be divided by 400";
  EXPECT_THAT(dues_of("0 0 28-29 2 *", "2025-02-01 00:00:00", 2),
              ElementsAre("2025-02-28 00:00:00", "2026-02-28 00:00:00"));
}

TEST(Cron, WhatIsNeverDueHasNoNext) {
  EXPECT_THAT(dues_of("0 0 30 2 *", "2026-01-01 00:00:00"), IsEmpty());
  EXPECT_THAT(dues_of("0 0 31 2,4,6,9,11 *", "2026-01-01 00:00:00"), IsEmpty());
  EXPECT_THAT(dues_of("0 0 29 2 *", "2096-03-01 00:00:00"), IsEmpty()) << "2100 has none: eight years";
  EXPECT_THAT(dues_of("0 0 30 2 MON", "2026-01-01 00:00:00", 1), SizeIs(1)) << "Mondays are enough";
}

TEST(Cron, YearsAndDaysEnd) {
  EXPECT_THAT(dues_of("0 0 * * *", "2026-12-31 23:59:59", 1), ElementsAre("2027-01-01 00:00:00"));
  EXPECT_THAT(dues_of("59 59 23 * * *", "2026-12-31 23:59:59", 1), ElementsAre("2027-01-01 23:59:59"));
  EXPECT_THAT(dues_of("0 0 1 1 *", "1969-06-01 00:00:00", 2),
              ElementsAre("1970-01-01 00:00:00", "1971-01-01 00:00:00"));
}

TEST(Cron, TheNumberOfFieldsIsChecked) {
  for (const char* text : {"", "   ", "*", "* * * *", "* * * * * * *", "@daily"})
    EXPECT_THAT(refusal(text),
                AllOf(HasSubstr("minute hour day month weekday"), HasSubstr("second"), HasSubstr(text)));
}

TEST(Cron, ARefusalNamesTheFieldThatIsWrong) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"60 * * * *", {"minute", "0 to 59", "\"60\""}},
      {"* 24 * * *", {"hour", "0 to 23", "\"24\""}},
      {"* * 0 * *", {"day", "1 to 31", "\"0\""}},
      {"* * 32 * *", {"day", "1 to 31", "\"32\""}},
      {"* * * 13 *", {"month", "1 to 12", "jan to dec", "\"13\""}},
      {"* * * mon *", {"month", "jan to dec", "\"mon\""}},
      {"* * * * 8", {"weekday", "0 to 7", "sun to sat", "\"8\""}},
      {"* * * * monday", {"weekday", "sun to sat", "\"monday\""}},
      {"* * * * FRI-SUN", {"weekday", "rising", "\"FRI-SUN\""}},
      {"60 * * * * *", {"second", "0 to 59", "\"60\""}},
      {"jan * * * *", {"minute", "\"jan\""}},
  };
  for (const auto& [text, told] : cases) {
    const std::string message = refusal(text);
    EXPECT_THAT(message, testing::StartsWith("cron: ")) << text;
    for (const std::string& part : told) EXPECT_THAT(message, HasSubstr(part)) << text;
  }
}

TEST(Cron, AZoneThatIsNotKnownIsRefusedByName) {
  for (const char* zone : {"Mars/Olympus", "europe/berlin", "+02:00", ""})
    EXPECT_THAT(refusal("* * * * *", zone), AllOf(HasSubstr("time zone"), HasSubstr(zone)));
  EXPECT_NO_THROW(Cron::parse("* * * * *", "UTC"));
}

}  // namespace
}  // namespace flotilla::cluster
