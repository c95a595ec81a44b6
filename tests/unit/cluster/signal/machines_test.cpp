#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/signal/debouncer.hpp"
#include "cluster/signal/envelope.hpp"
#include "cluster/signal/signal_follower.hpp"

namespace flotilla::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

SignalBatch batch(std::vector<std::uint64_t> numbers, std::uint64_t newest, const std::string& epoch = "e") {
  SignalBatch out{"c", {}, {epoch, newest}};
  for (const std::uint64_t number : numbers) out.signals.push_back({{epoch, number}, std::to_string(number)});
  return out;
}

std::vector<std::uint64_t> numbers(const SignalFollower::Decision& decision) {
  std::vector<std::uint64_t> out;
  for (const Signal& signal : decision.deliver) out.push_back(signal.position.number);
  return out;
}

TEST(SignalFollower, DeliversWhatFollowsEachOnce) {
  SignalFollower follower({"e", 3});
  auto first = follower.follow(batch({4, 5}, 5));
  EXPECT_FALSE(first.reload);
  EXPECT_THAT(numbers(first), ElementsAre(4, 5));
  auto second = follower.follow(batch({4, 5, 6}, 6));
  EXPECT_FALSE(second.reload);
  EXPECT_THAT(numbers(second), ElementsAre(6));
  EXPECT_EQ(follower.position(), (SignalPosition{"e", 6}));
}

TEST(SignalFollower, AMissingNumberMeansReload) {
  SignalFollower follower({"e", 3});
  auto decision = follower.follow(batch({6, 7}, 7));
  EXPECT_TRUE(decision.reload);
  EXPECT_THAT(numbers(decision), ElementsAre(6, 7));
  EXPECT_FALSE(follower.follow(batch({8}, 8)).reload);
}

TEST(SignalFollower, AGapInTheMiddleMeansReload) {
  SignalFollower follower({"e", 3});
  EXPECT_TRUE(follower.follow(batch({4, 6}, 6)).reload);
}

TEST(SignalFollower, AllThatWasMissedIsTrimmedAway) {
  SignalFollower follower({"e", 3});
  auto decision = follower.follow(batch({}, 9));
  EXPECT_TRUE(decision.reload);
  EXPECT_THAT(numbers(decision), IsEmpty());
  EXPECT_FALSE(follower.follow(batch({10}, 10)).reload);
}

TEST(SignalFollower, AChannelThatWentBackMeansReload) {
  SignalFollower follower({"e", 9});
  EXPECT_TRUE(follower.follow(batch({}, 4)).reload);
  EXPECT_THAT(numbers(follower.follow(batch({5}, 5))), ElementsAre(5));
}

TEST(SignalFollower, AnotherEpochMeansReloadAndGoesOnFromItsEnd) {
  SignalFollower follower({"e", 9});
  auto decision = follower.follow(batch({1, 2, 3}, 3, "f"));
  EXPECT_TRUE(decision.reload);
  EXPECT_THAT(numbers(decision), IsEmpty());
  auto next = follower.follow(batch({4}, 4, "f"));
  EXPECT_FALSE(next.reload);
  EXPECT_THAT(numbers(next), ElementsAre(4));
}

TEST(SignalFollower, TheFirstSignalsOfAChannelAreNoGap) {
  SignalFollower follower(SignalPosition{});
  auto decision = follower.follow(batch({1, 2}, 2));
  EXPECT_FALSE(decision.reload);
  EXPECT_THAT(numbers(decision), ElementsAre(1, 2));
}

TEST(Debouncer, GivesEachTextOnceAfterTheLastOfIt) {
  const Monotonic begin{1000s};
  Debouncer debouncer(100ms);
  debouncer.add("a", begin);
  debouncer.add("b", begin + 10ms);
  debouncer.add("a", begin + 50ms);
  EXPECT_EQ(debouncer.next(), begin + 110ms);
  EXPECT_THAT(debouncer.take(begin + 109ms), IsEmpty());
  EXPECT_THAT(debouncer.take(begin + 200ms), ElementsAre("b", "a"));
  EXPECT_EQ(debouncer.next(), std::nullopt);
  debouncer.add("c", begin);
  debouncer.clear();
  EXPECT_THAT(debouncer.take(begin + 1h), IsEmpty());
}

TEST(SignalEnvelope, GoesThereAndBack) {
  const SignalEnvelope sent{"n1", {.skip_self = true}, Json(JsonObject{{"a", 1}})};
  const auto came = SignalEnvelope::parse(sent.text());
  ASSERT_TRUE(came);
  EXPECT_EQ(came->publisher, "n1");
  EXPECT_TRUE(came->options.skip_self);
  EXPECT_FALSE(came->options.only_self);
  EXPECT_EQ(came->message, sent.message);
  EXPECT_FALSE(came->reaches("n1"));
  EXPECT_TRUE(came->reaches("n2"));
}

TEST(SignalEnvelope, TellsWhenItWasPublished) {
  SignalEnvelope sent{"n1", {}, Json("a")};
  EXPECT_FALSE(SignalEnvelope::parse(sent.text())->published_at);
  sent.published_at = UnixMs(Millis(1'700'000'000'123));
  EXPECT_EQ(SignalEnvelope::parse(sent.text())->published_at, sent.published_at);
}

TEST(SignalEnvelope, WhatIsNoneIsNotOne) {
  for (const char* text : {"", "x", "[]", "{}", "1", R"({"publisherId":"a"})", R"({"message":)"})
    EXPECT_FALSE(SignalEnvelope::parse(text)) << text;
}

}  // namespace
}  // namespace flotilla::cluster
