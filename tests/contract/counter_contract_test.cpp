// What every store of counters owes.
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "contract/makers/memory_cache.hpp"
#include "contract/makers/redis.hpp"
#include "contract/makers/servers.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "contract/until.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {
namespace {

using namespace std::chrono_literals;
using cluster::CounterStore;

struct Adapter {
  const char* name;
  std::function<std::shared_ptr<CounterStore>(test::Loop&)> make;
};

void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }

const Adapter kAdapters[] = {
    {"memory", [](test::Loop&) { return memory_counters(); }},
    {"sqlite", [](test::Loop& loop) { return sqlite_counters(loop, fresh_app()); }},
    {"postgres", [](test::Loop& loop) { return postgres_counters(loop, server("postgres"), fresh_app()); }},
    {"mariadb", [](test::Loop& loop) { return mariadb_counters(loop, server("mariadb"), fresh_app()); }},
    {"redis7", [](test::Loop& loop) { return redis_counters(loop, server("redis7")); }},
    {"redis8", [](test::Loop& loop) { return redis_counters(loop, server("redis8")); }},
};

class CounterContract : public testing::TestWithParam<Adapter> {
 protected:
  std::int64_t add(std::int64_t by, std::optional<cluster::Millis> ttl = {}) {
    return loop.run(store->add(key, by, ttl));
  }
  std::int64_t get() { return loop.run(store->get(key)); }

  test::Loop loop, other_loop;
  std::shared_ptr<CounterStore> store = GetParam().make(loop);
  const std::string key = fresh_app() + ".counter:k";
};

TEST_P(CounterContract, AddsAndAnswersTheTotal) {
  EXPECT_EQ(get(), 0) << "absent";
  EXPECT_EQ(add(5), 5);
  EXPECT_EQ(add(-7), -2);
  EXPECT_EQ(add(0), -2);
  EXPECT_EQ(get(), -2);
  loop.run(store->reset(key));
  EXPECT_EQ(get(), 0);
  loop.run(store->reset(key));
  EXPECT_EQ(add(1), 1);
}

TEST_P(CounterContract, TotalsAreExactWhenManyAddAtATime) {
  std::vector<std::future<std::int64_t>> adds;
  constexpr int kAdds = 1'000;
  for (int i = 0; i < kAdds; ++i)
    adds.push_back(boost::asio::co_spawn((i % 2 ? loop : other_loop).context(), store->add(key, 1, 60s),
                                         boost::asio::use_future));
  std::vector<int> seen(kAdds + 1);
  for (auto& one : adds) {
    ASSERT_EQ(one.wait_for(60s), std::future_status::ready);
    ++seen.at(static_cast<std::size_t>(one.get()));
  }
  EXPECT_EQ(get(), kAdds);
  for (int total = 1; total <= kAdds; ++total) EXPECT_EQ(seen[static_cast<std::size_t>(total)], 1) << total;
}

TEST_P(CounterContract, LargeNumbersAreExact) {
  constexpr std::int64_t kLarge = (1ll << 53) + 1;
  EXPECT_EQ(add(kLarge, 60s), kLarge);
  EXPECT_EQ(add(1, 60s), kLarge + 1);
  EXPECT_EQ(add(INT64_MAX - kLarge - 1), INT64_MAX);
  EXPECT_THROW(add(1), Error);
  EXPECT_EQ(get(), INT64_MAX) << "nothing changed";
}

TEST_P(CounterContract, OnlyTheAddThatMakesTheCounterArmsItsLife) {
  const auto made = std::chrono::steady_clock::now();
  EXPECT_EQ(add(1, 400ms), 1);
  // Adds go on with longer lives than the window; the total falls back all the same.
  std::int64_t last = 1, total = 1;
  ASSERT_TRUE(until([&] {
    last = total;
    total = add(1, 60s);
    return total <= last;
  })) << "the window never ended";
  EXPECT_EQ(total, 1) << "the next one begins at nothing";
  EXPECT_GE(std::chrono::steady_clock::now() - made, 390ms);
  EXPECT_EQ(add(1, 1ms), 2) << "and has the life of the add that made it";
  EXPECT_FALSE(until([&] { return get() == 0; }, 300ms));
}

TEST_P(CounterContract, WithoutALifeACounterStays) {
  add(1);
  add(1, 1ms);
  EXPECT_FALSE(until([&] { return get() != 2; }, 100ms));
  loop.run(store->reset(key));
  add(1, 0ms);
  EXPECT_FALSE(until([&] { return get() != 1; }, 100ms));
}

INSTANTIATE_TEST_SUITE_P(Stores, CounterContract, testing::ValuesIn(kAdapters),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace flotilla::contract
