#include "cluster/registry/registry.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "lib/cpp/loop.hpp"
#include "runtime/wakeup.hpp"
#include "unit/cluster/registry/fake_registry.hpp"

namespace flotilla::cluster {
namespace {

using flotilla::test::Loop;
using test::FakeRegistry;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using Ids = std::vector<std::string>;

bool until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

NodeRecord record(const std::string& id, std::int64_t started = 1) {
  NodeRecord node;
  node.id = id;
  node.started_at = UnixMs(Millis(started));
  return node;
}

class RegistryTest : public testing::Test {
 protected:
  std::unique_ptr<Registry> registry(const std::string& id, std::int64_t started = 1) {
    return std::make_unique<Registry>(loop.executor(), store, [this, id, started] {
      if (confused) {
        ++refused;
        throw std::runtime_error("the node does not know itself");
      }
      NodeRecord me = record(id, started);
      me.schema_epoch = ++described;
      return me;
    });
  }
  Ids alive(Registry& registry) {
    Ids ids;
    for (const NodeRecord& node : loop.run(registry.alive())) ids.push_back(node.id);
    return ids;
  }

  Loop loop;
  std::shared_ptr<FakeRegistry> store = std::make_shared<FakeRegistry>();
  std::atomic<int> described{0}, refused{0};
  std::atomic<bool> confused{false};
};

TEST_F(RegistryTest, ANodeIsThereWhenItHasStarted) {
  const auto a = registry("a");
  EXPECT_THAT(alive(*a), IsEmpty());
  loop.run(a->start());
  EXPECT_THAT(alive(*a), ElementsAre("a"));
  loop.run(a->stop());
}

TEST_F(RegistryTest, NodesSeeEachOtherComeAndGo) {
  const auto a = registry("a", 2), b = registry("b", 1);
  loop.run(a->start());
  loop.run(b->start());
  EXPECT_THAT(alive(*a), ElementsAre("b", "a")) << "oldest first";
  EXPECT_THAT(alive(*b), ElementsAre("b", "a"));
  loop.run(b->stop());
  EXPECT_THAT(alive(*a), ElementsAre("a"));
  loop.run(a->stop());
}

TEST_F(RegistryTest, WhoIsNotSeenAnyMoreIsGoneForTheOthers) {
  store->put(record("killed"));
  const auto a = registry("a", 2);
  EXPECT_THAT(alive(*a), ElementsAre("killed"));
  store->advance(Registry::kAliveFor);
  loop.run(a->start());
  EXPECT_THAT(alive(*a), ElementsAre("killed", "a"));
  store->advance(Millis(1));
  EXPECT_THAT(alive(*a), ElementsAre("a"));
  loop.run(a->stop());
}

TEST_F(RegistryTest, ANodeIsAnnouncedAgainAsItIsThen) {
  const auto a = registry("a");
  loop.run(a->start());
  ASSERT_EQ(store->nodes().at("a").schema_epoch, 1);
  store->advance(Millis(5'000));
  ASSERT_TRUE(until([&] { return store->announced() >= 2; }));
  EXPECT_EQ(store->nodes().at("a").schema_epoch, 2);
  store->advance(Registry::kAliveFor - Millis(1));
  EXPECT_THAT(alive(*a), ElementsAre("a"));
  loop.run(a->stop());
}

TEST_F(RegistryTest, ThoseThatAreLongDeadAreForgottenSoonAfterAStart) {
  store->put(record("old"));
  store->advance(Registry::kForgetAfter);
  store->put(record("dead"));
  store->advance(Millis(1));
  const auto a = registry("a");
  loop.run(a->start());
  EXPECT_TRUE(until([&] { return !store->nodes().contains("old"); }));
  EXPECT_TRUE(store->nodes().contains("dead")) << "doctor may still tell of it";
  loop.run(a->stop());
}

TEST_F(RegistryTest, AnnouncingGoesOnAfterTheStoreWasAway) {
  const auto a = registry("a");
  loop.run(a->start());
  store->away(true);
  const std::size_t before = store->calls().size();
  ASSERT_TRUE(until([&] { return store->calls().size() > before; })) << "it tries";
  store->away(false);
  EXPECT_TRUE(until([&] { return store->announced() >= 2; }));
  loop.run(a->stop());
}

TEST_F(RegistryTest, AnnouncingGoesOnAfterANodeCouldNotDescribeItself) {
  const auto a = registry("a");
  loop.run(a->start());
  confused = true;
  ASSERT_TRUE(until([&] { return refused >= 1; }));
  confused = false;
  EXPECT_TRUE(until([&] { return store->announced() >= 2; }));
  loop.run(a->stop());
}

TEST_F(RegistryTest, AStartThatFailsIsToldAndAnnouncesNothing) {
  const auto a = registry("a");
  store->away(true);
  EXPECT_THROW(loop.run(a->start()), Unavailable);
  store->away(false);
  EXPECT_THAT(alive(*a), IsEmpty());
  loop.run(a->start());
  EXPECT_THAT(alive(*a), ElementsAre("a")) << "it may be tried again";
  loop.run(a->stop());
}

TEST_F(RegistryTest, CallsTellThatTheStoreIsAway) {
  const auto a = registry("a");
  loop.run(a->start());
  store->away(true);
  EXPECT_THROW(loop.run(a->alive()), Unavailable);
  EXPECT_THROW(loop.run(a->stop()), Unavailable);
  store->away(false);
  EXPECT_THAT(alive(*a), ElementsAre("a")) << "until its time has passed";
  loop.run(a->stop());
  EXPECT_THAT(alive(*a), IsEmpty()) << "stopping may be tried again";
}

TEST_F(RegistryTest, AnAnnouncementThatIsUnderWayDoesNotBringBackWhoLeaves) {
  const auto a = registry("a");
  Wakeup opened;
  std::atomic<bool> open{true}, inside{false};
  store->before_effect = [&]() -> Task<void> {
    inside = !open;
    for (;;) {
      const Wakeup::Version seen = opened.version();
      if (open) co_return;
      co_await opened.wait(seen, std::chrono::seconds(60));
    }
  };
  loop.run(a->start());
  open = false;
  ASSERT_TRUE(until([&] { return inside.load(); }));
  auto stopped = boost::asio::co_spawn(loop.context(), a->stop(), boost::asio::use_future);
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  EXPECT_THAT(store->calls(), testing::Not(Contains("leave a")));
  open = true;
  opened.notify();
  ASSERT_EQ(stopped.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  stopped.get();
  EXPECT_EQ(store->calls().back(), "leave a");
  EXPECT_THAT(store->nodes(), IsEmpty());
}

}  // namespace
}  // namespace flotilla::cluster
