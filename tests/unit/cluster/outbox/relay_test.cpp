#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "cluster/outbox/message_text.hpp"
#include "cluster/outbox/relay_batch.hpp"
#include "cluster/outbox/relay_pace.hpp"

namespace flotilla::cluster {
namespace {

using Outcome = RelayBatch::Outcome;
using Range = RelayBatch::Range;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Monotonic kNow{std::chrono::hours(1)};
constexpr Monotonic kEnd = kNow + std::chrono::seconds(5);

TEST(RelayBatchTest, SendsAsManyAtOnceAsTheReceiverTakes) {
  RelayBatch batch(5, 2, kEnd);
  EXPECT_EQ(batch.next(kNow), (Range{0, 2}));
  batch.ended(Outcome::sent);
  EXPECT_EQ(batch.next(kNow), (Range{2, 2}));
  batch.ended(Outcome::sent);
  EXPECT_EQ(batch.next(kNow), (Range{4, 1}));
  batch.ended(Outcome::sent);
  EXPECT_EQ(batch.next(kNow), std::nullopt);
  EXPECT_THAT(batch.sent(), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_FALSE(batch.down());
}

TEST(RelayBatchTest, NothingToSendIsOverAtOnce) {
  EXPECT_EQ(RelayBatch(0, 8, kEnd).next(kNow), std::nullopt);
}

/// Sends 0..rows-1 to a receiver that refuses calls with one of `poison` in them.
RelayBatch send(std::size_t rows, std::size_t at_once, const std::vector<std::size_t>& poison, int& calls) {
  RelayBatch batch(rows, at_once, kEnd);
  while (auto range = batch.next(kNow)) {
    ++calls;
    const bool bad = std::ranges::any_of(
        poison, [&](std::size_t i) { return i >= range->from && i < range->from + range->count; });
    batch.ended(bad ? Outcome::refused : Outcome::sent);
  }
  return batch;
}

TEST(RelayBatchTest, PutsAsideExactlyWhatIsRefusedWhereverItStands) {
  for (std::size_t rows = 1; rows <= 9; ++rows)
    for (std::size_t at_once = 1; at_once <= 9; ++at_once)
      for (std::size_t mask = 0; mask < (1u << rows); ++mask) {
        std::vector<std::size_t> poison, good;
        for (std::size_t i = 0; i < rows; ++i) (mask >> i & 1 ? poison : good).push_back(i);
        int calls = 0;
        const RelayBatch batch = send(rows, at_once, poison, calls);
        ASSERT_EQ(batch.refused(), poison);
        ASSERT_EQ(batch.sent(), good);
      }
}

TEST(RelayBatchTest, OneBadRowOfManyCostsFewCalls) {
  int calls = 0;
  send(256, 256, {200}, calls);
  EXPECT_LE(calls, 20);
}

TEST(RelayBatchTest, AReceiverThatIsDownEndsTheBatch) {
  RelayBatch batch(3, 1, kEnd);
  batch.ended(Outcome::sent);
  batch.ended(Outcome::down);
  EXPECT_EQ(batch.next(kNow), std::nullopt);
  EXPECT_TRUE(batch.down());
  EXPECT_THAT(batch.sent(), ElementsAre(0));
  EXPECT_THAT(batch.refused(), IsEmpty());
}

TEST(RelayBatchTest, StopsWhenItsLeaseEnds) {
  RelayBatch batch(3, 1, kEnd);
  EXPECT_TRUE(batch.next(kEnd - std::chrono::nanoseconds(1)));
  batch.ended(Outcome::sent);
  EXPECT_EQ(batch.next(kEnd), std::nullopt);
  EXPECT_FALSE(batch.down());
}

TEST(RelayPaceTest, LooksAtOnceWhileThereIsWork) {
  RelayPace pace({});
  EXPECT_EQ(pace.after(RelayPace::Round::worked, 0.5), Millis(0));
  EXPECT_EQ(pace.after(RelayPace::Round::idle, 0.5), Millis(1'000));
  EXPECT_EQ(pace.after(RelayPace::Round::elsewhere, 0.5), Millis(5));
  EXPECT_TRUE(pace.may_be_woken());
}

TEST(RelayPaceTest, BacksOffWithJitterUpToTheCapAndForgetsItAfterASuccess) {
  RelayPace pace({.backoff_min = Millis(100), .backoff_max = Millis(1'000)});
  EXPECT_EQ(pace.after(RelayPace::Round::failed, 0), Millis(50));
  EXPECT_FALSE(pace.may_be_woken());
  EXPECT_EQ(pace.after(RelayPace::Round::failed, 1), Millis(200));
  EXPECT_EQ(pace.after(RelayPace::Round::failed, 1), Millis(400));
  for (int i = 0; i < 50; ++i) pace.after(RelayPace::Round::failed, 1);
  EXPECT_EQ(pace.after(RelayPace::Round::failed, 1), Millis(1'000));
  EXPECT_EQ(pace.after(RelayPace::Round::worked, 1), Millis(0));
  EXPECT_EQ(pace.after(RelayPace::Round::failed, 1), Millis(100));
}

TEST(MessageTextTest, IsTheSameMessageOnTheWayBack) {
  QueueMessage message;
  message.id = "i";
  message.channel = "app.channel \"q\"";
  message.body = "{\"a\":[1,\"\\u0000é\"]}";
  message.options = {.timeout = Millis(5),
                     .max_retries = 9,
                     .delay = Millis(7),
                     .priority = Priority::low,
                     .dedup_key = "key"};
  message.published_at = UnixMs(Millis(1'700'000'000'123));
  const QueueMessage back = message_of(message_text(message));
  EXPECT_EQ(back.id, message.id);
  EXPECT_EQ(back.channel, message.channel);
  EXPECT_EQ(back.body, message.body);
  EXPECT_EQ(back.options.timeout, message.options.timeout);
  EXPECT_EQ(back.options.max_retries, message.options.max_retries);
  EXPECT_EQ(back.options.delay, message.options.delay);
  EXPECT_EQ(back.options.priority, message.options.priority);
  EXPECT_EQ(back.options.dedup_key, message.options.dedup_key);
  EXPECT_EQ(back.published_at, message.published_at);
  message.options.dedup_key.reset();
  EXPECT_EQ(message_of(message_text(message)).options.dedup_key, std::nullopt);
}

TEST(MessageTextTest, RefusesWhatItDidNotMake) {
  for (const char* text : {"", "[]", "{}", "{\"id\":1}", "null"}) {
    try {
      message_of(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
    }
  }
}

}  // namespace
}  // namespace flotilla::cluster
