#include "adapters/rabbitmq/agent.hpp"

#include <gtest/gtest.h>

#include <future>

#include "lib/cpp/loop.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::rabbitmq {
namespace {

using namespace std::chrono_literals;

Agent::Duties no_duties() {
  return {[] { return -1; }, [] {}};
}

TEST(Agent, AJobThatWaitsRunsTheJobsBehindIt) {
  Agent agent(no_duties());
  std::promise<void> both_posted;
  std::promise<bool> ended;
  bool second = false;
  agent.post([&] { both_posted.get_future().wait(); });
  agent.post([&] {
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    while (!second && std::chrono::steady_clock::now() < give_up) agent.wait(10ms);
    ended.set_value(second);
  });
  agent.post([&] { second = true; });
  both_posted.set_value();
  EXPECT_TRUE(ended.get_future().get());
}

TEST(Agent, ResumesEachCallerWithItsOwnEnd) {
  test::Loop loop;
  Agent agent(no_duties());
  int good = 0, bad = 0;
  auto call = [&](int number) -> Task<void> {
    auto start = [number](const Done& done) {
      done(number % 2 ? std::make_exception_ptr(std::runtime_error("odd")) : nullptr);
    };
    try {
      co_await agent.call(std::move(start));
      ++good;
    } catch (const std::runtime_error&) {
      ++bad;
    }
  };
  auto all = [&]() -> Task<void> {
    TaskGroup calls(loop.executor());
    for (int i = 0; i < 100; ++i) calls.spawn("call", call(i));
    co_await calls.wait();
  };
  loop.run(all, 20s);
  EXPECT_EQ(good, 50);
  EXPECT_EQ(bad, 50);
}

TEST(Agent, ACallAfterTheEndFails) {
  test::Loop loop;
  Agent agent(no_duties());
  agent.stop();
  auto call = [&]() -> Task<void> {
    auto start = [](const Done& done) { done(nullptr); };
    co_await agent.call(std::move(start));
  };
  EXPECT_THROW(loop.run(call, 10s), cluster::Unavailable);
}

}  // namespace
}  // namespace flotilla::rabbitmq
