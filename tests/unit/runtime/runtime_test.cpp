#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <latch>
#include <set>

#include "base/error.hpp"
#include "runtime/async_mutex.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla {
namespace {

namespace asio = boost::asio;

class Runtime : public testing::Test {
 protected:
  void SetUp() override { loops_.run(); }
  void TearDown() override {
    loops_.stop();
    loops_.join();
  }
  template <class T>
  std::future<T> spawn(Task<T> task, std::size_t loop = 0) {
    return asio::co_spawn(loops_.at(loop), std::move(task), asio::use_future);
  }

  EventLoops loops_{2};
};

template <class F>
Task<std::invoke_result_t<F>> run_on(BlockingPool& pool, F work) {
  co_return co_await pool.run(work);
}

TEST_F(Runtime, pool_answers_results_and_exceptions) {
  BlockingPool pool("work", 2, 10);
  auto text = [] { return std::make_unique<std::string>("result"); };  // movable only
  EXPECT_EQ(*spawn(run_on(pool, text)).get(), "result");
  bool ran = false;
  auto nothing = [&ran] { ran = true; };
  spawn(run_on(pool, nothing)).get();
  EXPECT_TRUE(ran);
  auto fails = []() -> int { throw Error(409, "no"); };
  EXPECT_THROW(spawn(run_on(pool, fails)).get(), Error);
}

Task<bool> resumes_at_home(BlockingPool& pool) {
  const auto before = std::this_thread::get_id();
  auto where = [] { return std::this_thread::get_id(); };
  const auto worker = co_await pool.run(where);
  co_return worker != before&& std::this_thread::get_id() == before;
}

TEST_F(Runtime, pool_works_elsewhere_and_resumes_at_home) {
  BlockingPool pool("work", 1, 10);
  for (std::size_t loop : {0u, 1u}) EXPECT_TRUE(spawn(resumes_at_home(pool), loop).get());
}

TEST_F(Runtime, pool_refuses_when_full) {
  BlockingPool pool("work", 1, 1);
  std::latch started(1);
  std::promise<void> release;
  auto gate = release.get_future().share();
  auto block = [&started, gate] {
    started.count_down();
    gate.wait();
    return 1;
  };
  auto quick = [] { return 2; };
  auto running = spawn(run_on(pool, block));
  started.wait();
  auto waiting = spawn(run_on(pool, quick));
  auto refused = spawn(run_on(pool, quick));  // on the same loop: comes after `waiting`
  try {
    refused.get();
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 503);
    EXPECT_NE(std::string(error.what()).find("work"), std::string::npos);
  }
  release.set_value();
  EXPECT_EQ(running.get(), 1);
  EXPECT_EQ(waiting.get(), 2);
}

Task<void> hold_in_turn(AsyncMutex& mutex, std::vector<int>& order, int number) {
  AsyncMutex::Guard guard = co_await mutex.acquire();
  order.push_back(number);
}

Task<void> let_go_in_order(AsyncMutex& mutex, std::vector<int>& order,
                           std::vector<std::future<void>>& waiting) {
  auto executor = co_await asio::this_coro::executor;
  AsyncMutex::Guard guard = co_await mutex.acquire();
  for (int i = 0; i < 20; ++i)
    waiting.push_back(asio::co_spawn(executor, hold_in_turn(mutex, order, i), asio::use_future));
  for (int i = 0; i < 5; ++i) co_await asio::post(executor, asio::use_awaitable);  // all of them wait now
  EXPECT_TRUE(order.empty());
}

TEST_F(Runtime, mutex_serves_in_order) {
  AsyncMutex mutex;
  std::vector<int> order;
  std::vector<std::future<void>> waiting;
  spawn(let_go_in_order(mutex, order, waiting)).get();
  for (auto& one : waiting) one.get();
  ASSERT_EQ(order.size(), 20u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

Task<void> count_alone(AsyncMutex& mutex, int& inside, int& total, int times) {
  auto executor = co_await asio::this_coro::executor;
  for (int i = 0; i < times; ++i) {
    AsyncMutex::Guard guard = co_await mutex.acquire();
    EXPECT_EQ(++inside, 1);
    co_await asio::post(executor, asio::use_awaitable);
    --inside;
    ++total;
  }
}

TEST_F(Runtime, mutex_excludes_across_loops) {
  AsyncMutex mutex;
  int inside = 0, total = 0;
  std::vector<std::future<void>> all;
  for (int i = 0; i < 20; ++i) all.push_back(spawn(count_alone(mutex, inside, total, 100), i % 2));
  for (auto& one : all) one.get();
  EXPECT_EQ(total, 2000);
}

Task<void> fail_holding(AsyncMutex& mutex) {
  AsyncMutex::Guard guard = co_await mutex.acquire();
  throw Error(500, "failed");
}

TEST_F(Runtime, mutex_is_released_by_exceptions) {
  AsyncMutex mutex;
  std::vector<int> order;
  EXPECT_THROW(spawn(fail_holding(mutex)).get(), Error);
  spawn(hold_in_turn(mutex, order, 1)).get();
  EXPECT_EQ(order.size(), 1u);
}

Task<std::thread::id> thread_of() { co_return std::this_thread::get_id(); }

TEST_F(Runtime, each_loop_has_its_thread) {
  EXPECT_EQ(spawn(thread_of(), 0).get(), spawn(thread_of(), 0).get());
  EXPECT_NE(spawn(thread_of(), 0).get(), spawn(thread_of(), 1).get());
  std::set<asio::io_context*> turns;
  for (int i = 0; i < 4; ++i) turns.insert(&loops_.next());
  EXPECT_EQ(turns.size(), 2u);
}

TEST(EventLoopsTest, there_is_at_least_one_and_stopping_twice_is_fine) {
  EventLoops loops(0);
  EXPECT_EQ(loops.size(), 1u);
  loops.run();
  loops.run();
  loops.stop();
  loops.join();
  loops.stop();
  loops.join();
}

}  // namespace
}  // namespace flotilla
