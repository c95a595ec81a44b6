// Due times in zones, and where their clocks are put forward and back.
#include <gmock/gmock.h>

#include <algorithm>

#include "cluster/schedule/cron.hpp"
#include "unit/cluster/schedule/support.hpp"

namespace flotilla::cluster {
namespace {

using test::dues;
using test::utc;
using testing::ElementsAre;

/// Due times in UTC of a job in a zone.
std::vector<std::string> dues_in(const std::string& zone, const std::string& text, const std::string& from,
                                 std::size_t count = 3) {
  return dues(Cron::parse(text, zone), from, count);
}

TEST(CronZone, TimesAreLocal) {
  EXPECT_THAT(dues_in("Asia/Kathmandu", "0 0 * * *", "2026-03-04 00:00:00", 1),
              ElementsAre("2026-03-04 18:15:00"));
  EXPECT_THAT(dues_in("America/New_York", "30 20 * * *", "2026-01-10 12:00:00", 1),
              ElementsAre("2026-01-11 01:30:00"));
  EXPECT_THAT(dues_in("Pacific/Kiritimati", "0 9 1 * *", "2026-01-30 00:00:00", 1),
              ElementsAre("2026-01-31 19:00:00"));
  EXPECT_THAT(dues_in("Pacific/Honolulu", "0 0 * * SUN", "2026-03-04 00:00:00", 1),
              ElementsAre("2026-03-08 10:00:00"))
      << "the weekday is the zone's too";
}

TEST(CronZone, ADailyTimeKeepsItsPlaceInTheDay) {
  // Berlin: forward on 29 March 2026, back on 25 October 2026.
  EXPECT_THAT(dues_in("Europe/Berlin", "0 9 * * *", "2026-03-28 00:00:00"),
              ElementsAre("2026-03-28 08:00:00", "2026-03-29 07:00:00", "2026-03-30 07:00:00"));
  EXPECT_THAT(dues_in("Europe/Berlin", "0 9 * * *", "2026-10-24 00:00:00"),
              ElementsAre("2026-10-24 07:00:00", "2026-10-25 08:00:00", "2026-10-26 08:00:00"));
}

TEST(CronZone, ATimeThatIsSkippedIsDueAtTheEndOfTheGap) {
  EXPECT_THAT(dues_in("Europe/Berlin", "30 2 * * *", "2026-03-28 00:00:00"),
              ElementsAre("2026-03-28 01:30:00", "2026-03-29 01:00:00", "2026-03-30 00:30:00"));
  EXPECT_THAT(dues_in("America/New_York", "30 2 * * *", "2026-03-07 12:00:00", 2),
              ElementsAre("2026-03-08 07:00:00", "2026-03-09 06:30:00"));
  // Half an hour only: 2:00 becomes 2:30.
  EXPECT_THAT(dues_in("Australia/Lord_Howe", "15 2 * * *", "2022-10-01 00:00:00", 2),
              ElementsAre("2022-10-01 15:30:00", "2022-10-02 15:15:00"));
}

TEST(CronZone, SeveralTimesOfAGapAreDueOnce) {
  EXPECT_THAT(dues_in("Europe/Berlin", "*/20 2,3 * * *", "2026-03-29 00:00:00", 4),
              ElementsAre("2026-03-29 01:00:00", "2026-03-29 01:20:00", "2026-03-29 01:40:00",
                          "2026-03-30 00:00:00"));
  EXPECT_THAT(dues_in("Europe/Berlin", "0 * * * *", "2026-03-28 23:30:00"),
              ElementsAre("2026-03-29 00:00:00", "2026-03-29 01:00:00", "2026-03-29 02:00:00"));
}

TEST(CronZone, ATimeThatIsRepeatedIsDueTheFirstTime) {
  EXPECT_THAT(dues_in("Europe/Berlin", "30 2 * * *", "2026-10-24 12:00:00", 2),
              ElementsAre("2026-10-25 00:30:00", "2026-10-26 01:30:00"));
  EXPECT_THAT(dues_in("America/New_York", "30 1 * * *", "2026-10-31 12:00:00", 2),
              ElementsAre("2026-11-01 05:30:00", "2026-11-02 06:30:00"));
  EXPECT_THAT(dues_in("Australia/Lord_Howe", "45 1 * * *", "2022-04-02 12:00:00", 2),
              ElementsAre("2022-04-02 14:45:00", "2022-04-03 15:15:00"));
  EXPECT_THAT(
      dues_in("Europe/Berlin", "0 * * * *", "2026-10-24 23:30:00", 4),
      ElementsAre("2026-10-25 00:00:00", "2026-10-25 02:00:00", "2026-10-25 03:00:00", "2026-10-25 04:00:00"))
      << "2:00 came twice";
}

TEST(CronZone, WithinTheSecondOfTwoHoursNothingOfItIsDueAgain) {
  // 2:10 in Berlin, for the second time.
  EXPECT_THAT(dues_in("Europe/Berlin", "*/30 * * * *", "2026-10-25 01:10:00", 2),
              ElementsAre("2026-10-25 02:00:00", "2026-10-25 02:30:00"));
  // And 2:10 for the first time.
  EXPECT_THAT(dues_in("Europe/Berlin", "*/30 * * * *", "2026-10-25 00:10:00", 2),
              ElementsAre("2026-10-25 00:30:00", "2026-10-25 02:00:00"));
}

TEST(CronZone, ChangesAtMidnight) {
  // Beirut 2022: on 27 March 0:00 became 1:00, on 30 October 0:00 became 23:00 of the day before.
  EXPECT_THAT(dues_in("Asia/Beirut", "0 0 * * *", "2022-03-26 12:00:00", 2),
              ElementsAre("2022-03-26 22:00:00", "2022-03-27 21:00:00"));
  EXPECT_THAT(dues_in("Asia/Beirut", "30 23 * * SAT", "2022-10-29 12:00:00", 2),
              ElementsAre("2022-10-29 20:30:00", "2022-11-05 21:30:00"));
  EXPECT_THAT(dues_in("Asia/Beirut", "0 0 * * SUN", "2022-10-29 20:59:59", 1),
              ElementsAre("2022-10-29 22:00:00"))
      << "Sunday begins an hour later";
  // Havana: on 6 November 2022 1:00 became 0:00 of the same day.
  EXPECT_THAT(dues_in("America/Havana", "0 0 * * *", "2022-11-05 12:00:00", 2),
              ElementsAre("2022-11-06 04:00:00", "2022-11-07 05:00:00"));
}

TEST(CronZone, ADayThatAZoneLeftOutIsDueWhereItWouldHaveEnded) {
  // Samoa went over the date line: 30 December 2011 was not.
  EXPECT_THAT(dues_in("Pacific/Apia", "0 12 30 12 *", "2011-12-01 00:00:00", 2),
              ElementsAre("2011-12-30 10:00:00", "2012-12-29 22:00:00"));
}

TEST(CronZone, DueTimesRiseAndNoneIsLostWhereverOneBegins) {
  // From every minute of the days around a change the next due time is the first of the list that is later.
  const std::pair<const char*, const char*> days[] = {
      {"Europe/Berlin", "2026-03-28 12:00:00"},       {"Europe/Berlin", "2026-10-24 12:00:00"},
      {"America/New_York", "2026-03-07 18:00:00"},    {"America/New_York", "2026-10-31 18:00:00"},
      {"Australia/Lord_Howe", "2022-10-01 00:00:00"}, {"Australia/Lord_Howe", "2022-04-02 00:00:00"},
      {"Asia/Beirut", "2022-10-29 10:00:00"},         {"Asia/Beirut", "2022-03-26 10:00:00"},
      {"America/Havana", "2022-11-05 18:00:00"},      {"Pacific/Apia", "2011-12-29 20:00:00"}};
  for (const auto& [zone, from] : days) {
    const Cron cron = Cron::parse("7,23,55 0-4,22,23 * * *", zone);
    const UnixMs begin = utc(from), end = begin + std::chrono::hours(30);
    std::vector<UnixMs> list;
    for (UnixMs at = *cron.next(begin); at <= end + std::chrono::hours(48); at = *cron.next(at)) {
      if (!list.empty()) ASSERT_LT(list.back(), at) << zone;
      list.push_back(at);
    }
    for (UnixMs at = begin; at < end; at += std::chrono::minutes(1))
      ASSERT_EQ(*cron.next(at), *std::ranges::upper_bound(list, at)) << zone << " " << test::text_of(at);
  }
}

}  // namespace
}  // namespace flotilla::cluster
