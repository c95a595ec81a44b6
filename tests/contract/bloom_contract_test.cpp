// What every store of Bloom filters owes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "cluster/cache/cache_manager.hpp"
#include "contract/makers/memory_cache.hpp"
#include "contract/makers/redis.hpp"
#include "contract/makers/servers.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {
namespace {

using cluster::BloomStore;

struct Adapter {
  const char* name;
  std::function<std::shared_ptr<BloomStore>(test::Loop&)> make;
};

void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }

const Adapter kAdapters[] = {
    {"memory", [](test::Loop&) { return memory_blooms(); }},
    {"redis7", [](test::Loop& loop) { return redis_blooms(loop, server("redis7")); }},
    {"redis8", [](test::Loop& loop) { return redis_blooms(loop, server("redis8")); }},
};

class BloomContract : public testing::TestWithParam<Adapter> {
 protected:
  int status_of(Task<void> task) {
    try {
      loop.run(std::move(task));
    } catch (const Error& error) {
      message = error.what();
      return error.status();
    }
    return 200;
  }
  bool has(const std::string& value) { return loop.run(store->exists(key, value)); }
  /// Asks in parallel: one round trip each would take long.
  int count(const std::string& kind, int from, int to) {
    int found = 0;
    for (int begin = from; begin < to; begin += 500) {
      std::vector<std::future<bool>> answers;
      for (int i = begin; i < std::min(to, begin + 500); ++i)
        answers.push_back(boost::asio::co_spawn(loop.context(), store->exists(key, kind + std::to_string(i)),
                                                boost::asio::use_future));
      for (auto& answer : answers) found += answer.get();
    }
    return found;
  }

  test::Loop loop;
  std::shared_ptr<BloomStore> store = GetParam().make(loop);
  const std::string app = fresh_app();
  const std::string key = app + ".bloom:k";
  std::string message;
};

TEST_P(BloomContract, TwentyThousandValuesAreAllFoundAndFewOthers) {
  constexpr int kValues = 20'000;
  constexpr double kRate = 0.01;
  loop.run(store->reserve(key, kRate, kValues));
  for (int begin = 0; begin < kValues; begin += 2'500) {
    std::vector<std::string> values;
    for (int i = begin; i < begin + 2'500; ++i) values.push_back("in" + std::to_string(i));
    loop.run(store->add(key, std::move(values)));
  }
  EXPECT_EQ(count("in", 0, kValues), kValues);
  const int wrong = count("out", 0, kValues);
  RecordProperty("false_positives", wrong);
  EXPECT_LT(wrong, 2 * kRate * kValues);
}

TEST_P(BloomContract, AnyValue) {
  loop.run(store->reserve(key, 0.001, 100));
  const std::vector<std::string> values{
      "", " ", "a\nb", std::string("nul\0nul", 7), "Z\u00fcrich", std::string(10'000, 'x')};
  for (const std::string& value : values) EXPECT_FALSE(has(value));
  loop.run(store->add(key, values));
  for (const std::string& value : values) EXPECT_TRUE(has(value));
  EXPECT_FALSE(has("nul"));
  loop.run(store->add(key, {}));
}

TEST_P(BloomContract, AFilterThatExistsStaysAsItIs) {
  loop.run(store->reserve(key, 0.001, 1'000));
  loop.run(store->add(key, {"a"}));
  loop.run(store->reserve(key, 0.001, 1'000));
  loop.run(store->reserve(key, 0.5, 10));
  EXPECT_TRUE(has("a"));
  loop.run(store->add(key, {"b"}));
  EXPECT_TRUE(has("b"));
  EXPECT_FALSE(has("c"));
}

TEST_P(BloomContract, NothingIsInAFilterThatWasNotReserved) {
  EXPECT_FALSE(has("a"));
  EXPECT_EQ(status_of(store->add(key, {"a"})), 404);
  EXPECT_NE(message.find(key), std::string::npos) << message;
  EXPECT_FALSE(has("a")) << "the refused add made no filter";
}

TEST_P(BloomContract, RefusesSizesThatMakeNoSense) {
  for (const double rate : {0.0, 1.0, -0.5, 2.0, std::nan("")})
    EXPECT_EQ(status_of(store->reserve(key, rate, 100)), 400) << rate;
  for (const std::int64_t capacity : {0, -1}) EXPECT_EQ(status_of(store->reserve(key, 0.01, capacity)), 400);
  EXPECT_EQ(status_of(store->add(key, {"a"})), 404) << "none of them made a filter";
}

TEST_P(BloomContract, TwoAppsDoNotShareAFilter) {
  const std::map<std::string, cluster::CacheStores> stores{
      {"it", {memory_cache(), memory_counters(), store}}};
  cluster::CacheManager one(app, stores, "it"), two(app + "2", stores, "it");
  cluster::BloomFilter mine = one.bloom_filter(), theirs = two.bloom_filter();
  for (auto* filter : {&mine, &theirs}) loop.run(filter->reserve("token-black-list", 0.001, 100));
  loop.run(mine.add("token-black-list", "token"));
  EXPECT_TRUE(loop.run(mine.exists("token-black-list", "token")));
  EXPECT_FALSE(loop.run(theirs.exists("token-black-list", "token")));
  loop.run(theirs.madd("token-black-list", {"a", "b"}));
  EXPECT_TRUE(loop.run(theirs.exists("token-black-list", "b")));
  EXPECT_FALSE(loop.run(mine.exists("token-black-list", "b")));
}

TEST_P(BloomContract, ManyAddAtATime) {
  loop.run(store->reserve(key, 0.001, 1'000));
  test::Loop other;
  std::vector<std::future<void>> adds;
  for (int i = 0; i < 500; ++i) {
    std::vector<std::string> values{"in" + std::to_string(i)};
    adds.push_back(boost::asio::co_spawn((i % 2 ? loop : other).context(), store->add(key, std::move(values)),
                                         boost::asio::use_future));
  }
  for (auto& add : adds) add.get();
  EXPECT_EQ(count("in", 0, 500), 500);
}

INSTANTIATE_TEST_SUITE_P(Stores, BloomContract, testing::ValuesIn(kAdapters),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace flotilla::contract
