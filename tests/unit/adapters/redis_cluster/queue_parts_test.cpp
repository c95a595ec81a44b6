#include <gtest/gtest.h>

#include "adapters/redis/redis_queue_parts.hpp"

namespace flotilla::redis {
namespace {

TEST(QueueLetter, AReasonMayLookLikeAnything) {
  for (const std::string reason : {"", " ", "12 3 1 x", "line\nline", "7"}) {
    for (const std::string text : {R"({"id":"x"})", " 5 5", ""}) {
      const QueueLetter letter = QueueLetter::parse(std::to_string(reason.size()) + " 42 3 " + reason + text);
      EXPECT_EQ(letter.reason, reason);
      EXPECT_EQ(letter.retried, 42);
      EXPECT_EQ(letter.text, text);
    }
  }
}

TEST(QueueLetter, ReasonsMayHoldZeroBytes) {
  const std::string reason("a\0b", 3);
  EXPECT_EQ(QueueLetter::parse("3 0 1 " + reason + "{}").reason, reason);
}

TEST(QueueBatch, EndsWithItsCount) {
  const std::vector<std::size_t> sizes(10, 1);
  EXPECT_EQ(batch_end(sizes, 0, 4, 1'000), 4u);
  EXPECT_EQ(batch_end(sizes, 4, 4, 1'000), 8u);
  EXPECT_EQ(batch_end(sizes, 8, 4, 1'000), 10u);
}

TEST(QueueBatch, EndsWithThePieceThatFillsIt) {
  const std::vector<std::size_t> sizes{40, 40, 40, 500, 0, 1};
  EXPECT_EQ(batch_end(sizes, 0, 10, 100), 3u);
  EXPECT_EQ(batch_end(sizes, 3, 10, 100), 4u);
  EXPECT_EQ(batch_end(sizes, 4, 10, 100), 6u);
}

TEST(QueueBatch, AlwaysMovesOn) {
  EXPECT_EQ(batch_end({1'000'000, 1}, 0, 10, 0), 1u);
  EXPECT_EQ(batch_end({}, 0, 10, 10), 0u);
}

}  // namespace
}  // namespace flotilla::redis
