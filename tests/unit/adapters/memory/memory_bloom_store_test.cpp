#include "adapters/memory/memory_bloom_store.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::memory {
namespace {

TEST(MemoryBloom, ThreadsLoseNothing) {
  MemoryBloomStore store;
  test::Loop loop;
  loop.run(store.reserve("k", 0.001, 6'000));
  auto work = [&store](int first) {
    test::Loop own;
    for (int i = first; i < first + 2'000; ++i) own.run(store.add("k", {std::to_string(i)}));
  };
  std::thread one(work, 0), two(work, 2'000), three(work, 4'000);
  one.join();
  two.join();
  three.join();
  for (int i = 0; i < 6'000; ++i) ASSERT_TRUE(loop.run(store.exists("k", std::to_string(i)))) << i;
}

TEST(MemoryBloom, RefusesAFilterThatNeedsTooMuchMemory) {
  MemoryBloomStore store;
  test::Loop loop;
  EXPECT_THROW(loop.run(store.reserve("k", 0.0001, 1'000'000'000'000)), Error);
  EXPECT_FALSE(loop.run(store.exists("k", "v")));
}

}  // namespace
}  // namespace flotilla::memory
