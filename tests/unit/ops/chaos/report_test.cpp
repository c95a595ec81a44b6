#include "ops/chaos/report.hpp"

#include <gmock/gmock.h>

#include "base/json.hpp"

namespace flotilla::ops::chaos {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

Request request(Request::Kind kind, Request::Outcome outcome, int begun, int ended) {
  Request out;
  out.kind = kind;
  out.outcome = outcome;
  out.begun = seconds(begun);
  out.ended = seconds(ended);
  return out;
}

Report example(std::vector<Violation> violations = {}) {
  using Kind = Request::Kind;
  using Outcome = Request::Outcome;
  Plan plan;
  plan.name = "staging";
  plan.faults.resize(2);
  plan.faults[0].name = "kill";
  plan.faults[0].allows = Allows::in_flight;
  plan.faults[1].name = "drain";
  plan.faults[1].allows = Allows::nothing;
  History history;
  history.strikes = {{1, seconds(10), seconds(11), seconds(12), seconds(13)},
                     {0, seconds(20), seconds(21), seconds(22), seconds(25)}};
  history.requests = {request(Kind::create, Outcome::done, 1, 2), request(Kind::get, Outcome::done, 3, 4),
                      request(Kind::publish, Outcome::done, 11, 14),
                      request(Kind::create, Outcome::failed, 20, 21)};
  history.jobs = {{"a", 2, 1}};
  history.firings = {{"m", 1'000, 1}};
  return summarize(plan, 42, history, std::move(violations));
}

TEST(ChaosReport, CountsByTheFaultThatWasUnderWay) {
  const Report report = example();
  ASSERT_EQ(report.rows.size(), 3u);
  EXPECT_EQ(report.rows[0].name, "kill");
  EXPECT_EQ(report.rows[0].requests, 1u);
  EXPECT_EQ(report.rows[0].failed, 1u);
  EXPECT_EQ(report.rows[0].ready, seconds(3));
  EXPECT_EQ(report.rows[1].requests, 1u);
  EXPECT_EQ(report.rows[1].slowest, seconds(3));
  EXPECT_EQ(report.rows[2].requests, 2u);
  EXPECT_EQ(report.acknowledged, 2u);
  EXPECT_EQ(report.jobs, 1u);
  EXPECT_EQ(report.redelivered, 1u);
  EXPECT_TRUE(report.kept());
}

TEST(ChaosReport, ShowsFaultsOutcomesAndSeed) {
  const std::string table = as_table(example());
  EXPECT_THAT(table, HasSubstr("kill                      in flight      1         1       1        1.0      "
                               "      3.0                0\n"));
  EXPECT_THAT(table, HasSubstr("21 s, seed 42: 2 writes acknowledged, 1 requests failed"));
  EXPECT_THAT(table, HasSubstr("every promise was kept"));
}

TEST(ChaosReport, ShowsWhatWasBrokenAFewTimesEach) {
  const Report report = example(std::vector<Violation>(9, {Violation::Kind::failed, "create 1-1", 0}));
  EXPECT_FALSE(report.kept());
  EXPECT_EQ(report.rows[1].violations, 9u);
  const std::string table = as_table(report);
  EXPECT_THAT(table, HasSubstr("BROKEN  failed: create 1-1\n"));
  EXPECT_THAT(table, HasSubstr("BROKEN  failed: 4 more\n"));
  EXPECT_THAT(table, Not(HasSubstr("every promise")));
}

TEST(ChaosReport, IsJsonToo) {
  const Json report = json::parse(as_json(example()));
  EXPECT_EQ(report.at("kept"), true);
  EXPECT_EQ(report.at("seed"), 42);
  EXPECT_EQ(report.at("faults").as_array().size(), 3u);
  EXPECT_EQ(report.at("faults").at(0).at("failed"), 1);
}

TEST(ChaosReport, KeepsNoPromiseItHasNotSeen) {
  Report report = example();
  report.interrupted = true;
  EXPECT_FALSE(report.kept());
  report.interrupted = false;
  report.left_behind = "collection chaos_x_a";
  EXPECT_FALSE(report.kept());
  EXPECT_THAT(as_table(report), HasSubstr("left behind: collection chaos_x_a"));
}

}  // namespace
}  // namespace flotilla::ops::chaos
