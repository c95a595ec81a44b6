#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics/counter.hpp"
#include "base/metrics/histogram.hpp"
#include "base/metrics/registry.hpp"

namespace flotilla::metrics {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, CountersOfManyThreadsLoseNothing) {
  Registry registry;
  Counter& counter = registry.counter("flotilla_things_total", "Things.");
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i)
    threads.emplace_back([&counter] {
      for (int k = 0; k < 10'000; ++k) counter.add();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 120'000u);
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameSeries) {
  Registry registry;
  Counter& a = registry.counter("flotilla_x_total", "X.", {{"kind", "a"}});
  EXPECT_EQ(&registry.counter("flotilla_x_total", "X.", {{"kind", "a"}}), &a);
  EXPECT_NE(&registry.counter("flotilla_x_total", "X.", {{"kind", "b"}}), &a);
  EXPECT_THROW(registry.level("flotilla_x_total", "X."), std::logic_error);
}

TEST(Metrics, TextIsSortedAndEscaped) {
  Registry registry;
  registry.level("flotilla_b", "Second\nline \\ here.", {{"name", "a\"b\\c\nd"}}).add(-3);
  registry.counter("flotilla_a_total", "First.").add(7);
  EXPECT_EQ(registry.text(),
            "# HELP flotilla_a_total First.\n# TYPE flotilla_a_total counter\nflotilla_a_total 7\n"
            "# HELP flotilla_b Second\\nline \\\\ here.\n# TYPE flotilla_b gauge\n"
            "flotilla_b{name=\"a\\\"b\\\\c\\nd\"} -3\n");
}

TEST(Metrics, HistogramsCumulateAndEndWithInf) {
  Registry registry;
  Histogram& histogram = registry.histogram("flotilla_t_seconds", "T.", {{"k", "v"}});
  histogram.observe(microseconds(100));  // a bound belongs to its bucket
  histogram.observe(microseconds(101));
  histogram.observe(seconds(90));
  histogram.observe(seconds(-1));
  const std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("flotilla_t_seconds_bucket{k=\"v\",le=\"0.0001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("flotilla_t_seconds_bucket{k=\"v\",le=\"0.00025\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("flotilla_t_seconds_bucket{k=\"v\",le=\"30\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("flotilla_t_seconds_bucket{k=\"v\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("flotilla_t_seconds_sum{k=\"v\"} 90.000201\n"));
  EXPECT_THAT(text, HasSubstr("flotilla_t_seconds_count{k=\"v\"} 4\n"));
}

TEST(Metrics, TooManySetsOfLabelsBecomeOne) {
  Registry registry;
  for (std::size_t i = 0; i < Registry::kSeriesMax; ++i)
    registry.counter("flotilla_x_total", "X.", {{"kind", std::to_string(i)}}).add();
  registry.counter("flotilla_x_total", "X.", {{"kind", "one more"}}).add();
  registry.counter("flotilla_x_total", "X.", {{"kind", "two more"}}).add();
  EXPECT_THAT(registry.text(), HasSubstr("flotilla_x_total{kind=\"other\"} 2\n"));
  EXPECT_THAT(registry.text(), Not(HasSubstr("one more")));
}

TEST(Metrics, CollectorsAreAskedWithEachReadingUntilTheyGo) {
  Registry registry;
  registry.describe(Kind::gauge, "flotilla_now", "Now.");
  int asked = 0;
  auto collector = registry.collect([&](Samples& samples) {
    samples.add("flotilla_now", ++asked, {{"a", "b"}});
    samples.add("flotilla_unknown", 1);
  });
  EXPECT_THAT(registry.text(), HasSubstr("flotilla_now{a=\"b\"} 1\n"));
  EXPECT_THAT(registry.text(), HasSubstr("flotilla_now{a=\"b\"} 2\n"));
  EXPECT_THAT(registry.text(), Not(HasSubstr("unknown")));
  collector.reset();
  EXPECT_EQ(registry.text(), "# HELP flotilla_now Now.\n# TYPE flotilla_now gauge\n");
}

TEST(Metrics, ConstantLabelsAreBeforeAllOthers) {
  Registry registry;
  registry.set_constant_labels({{"node", "n1"}});
  registry.counter("flotilla_a_total", "A.").add();
  registry.counter("flotilla_b_total", "B.", {{"k", "v"}}).add();
  EXPECT_THAT(registry.text(), HasSubstr("flotilla_a_total{node=\"n1\"} 1\n"));
  EXPECT_THAT(registry.text(), HasSubstr("flotilla_b_total{node=\"n1\",k=\"v\"} 1\n"));
}

TEST(Metrics, ALevelFallsAgainWhenItsHoldEnds) {
  Registry registry;
  Level& level = registry.level("flotilla_l", "L.");
  {
    Level::Hold hold(level);
    EXPECT_EQ(level.value(), 1);
    hold.end();
    EXPECT_EQ(level.value(), 0);
  }
  EXPECT_EQ(level.value(), 0);
}

}  // namespace
}  // namespace flotilla::metrics
