#include "cluster/queue/publish_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "base/error.hpp"
#include "cluster/unavailable.hpp"
#include "lib/cpp/loop.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::cluster {
namespace {

using test::Loop;
using testing::ElementsAre;
using testing::IsEmpty;

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

QueueMessage message(std::string id) {
  QueueMessage out;
  out.id = std::move(id);
  out.channel = "main.work";
  out.body = "{}";
  return out;
}

/// Sends nowhere; each call waits until it is let go.
class PublishGroupTest : public testing::Test {
 protected:
  using Result = std::future<std::vector<bool>>;

  Result publish(std::vector<std::string> ids) {
    std::vector<QueueMessage> messages;
    for (std::string& id : ids) messages.push_back(message(std::move(id)));
    return boost::asio::co_spawn(loop.context(), group.publish(std::move(messages)), boost::asio::use_future);
  }
  Task<std::vector<bool>> send(const std::vector<QueueMessage>& messages) {
    std::vector<std::string> ids;
    for (const QueueMessage& each : messages) ids.push_back(each.id);
    {
      std::lock_guard lock(mutex);
      calls.push_back(ids);
    }
    co_await open.wait(std::chrono::seconds(60));
    std::vector<bool> taken;
    for (const std::string& id : ids) {
      if (id.starts_with("bad")) throw bad_request(id);
      if (id.starts_with("cut")) throw Unavailable(Unavailable::Why::network, "the database", id);
      taken.push_back(!id.starts_with("known"));
    }
    co_return taken;
  }
  std::vector<std::vector<std::string>> seen() {
    std::lock_guard lock(mutex);
    return calls;
  }
  /// The loop has come to everything that was started before.
  void settle_down() {
    loop.run([]() -> Task<void> { co_return; });
  }

  Loop loop;
  Cancellation open;
  std::mutex mutex;
  std::vector<std::vector<std::string>> calls;
  PublishGroup group{[this](const std::vector<QueueMessage>& messages) { return send(messages); }, 1};
};

TEST_F(PublishGroupTest, ThoseWhoComeMeanwhileShareTheNextOne) {
  Result a = publish({"a"});
  EXPECT_TRUE(eventually([&] { return seen().size() == 1; }));
  Result b = publish({"b1", "known", "b2"}), c = publish({"c"});
  settle_down();
  EXPECT_THAT(seen(), ElementsAre(ElementsAre("a")));
  open.cancel();
  EXPECT_THAT(a.get(), ElementsAre(true));
  EXPECT_THAT(b.get(), ElementsAre(true, false, true));
  EXPECT_THAT(c.get(), ElementsAre(true));
  EXPECT_THAT(seen(), ElementsAre(ElementsAre("a"), ElementsAre("b1", "known", "b2", "c")));
  EXPECT_THAT(publish({"d"}).get(), ElementsAre(true)) << "free again";
}

TEST_F(PublishGroupTest, ABadMessageFailsItsPublisherOnly) {
  Result a = publish({"a"});
  EXPECT_TRUE(eventually([&] { return seen().size() == 1; }));
  Result b = publish({"b"}), bad = publish({"x", "bad"}), c = publish({"c"});
  settle_down();
  open.cancel();
  EXPECT_THAT(b.get(), ElementsAre(true));
  EXPECT_THROW(bad.get(), Error);
  EXPECT_THAT(c.get(), ElementsAre(true));
  EXPECT_THAT(publish({"d"}).get(), ElementsAre(true));
}

TEST_F(PublishGroupTest, ADatabaseThatIsAwayFailsThemAllAndNothingIsSentTwice) {
  Result a = publish({"a"});
  EXPECT_TRUE(eventually([&] { return seen().size() == 1; }));
  Result b = publish({"b"}), cut = publish({"cut"});
  settle_down();
  open.cancel();
  EXPECT_THAT(a.get(), ElementsAre(true));
  EXPECT_THROW(b.get(), cluster::Unavailable);
  EXPECT_THROW(cut.get(), cluster::Unavailable);
  EXPECT_EQ(seen().size(), 2u);
  EXPECT_THAT(publish({"d"}).get(), ElementsAre(true));
}

TEST_F(PublishGroupTest, ASharedTransactionHasALimit) {
  Result first = publish({"a"});
  EXPECT_TRUE(eventually([&] { return seen().size() == 1; }));
  std::vector<Result> many;
  for (std::size_t i = 0; i < PublishGroup::kShared + 44; ++i) many.push_back(publish({"m"}));
  settle_down();
  open.cancel();
  for (Result& one : many) EXPECT_THAT(one.get(), ElementsAre(true));
  ASSERT_EQ(seen().size(), 3u);
  EXPECT_EQ(seen()[1].size(), PublishGroup::kShared);
  EXPECT_EQ(seen()[2].size(), 44u);
}

}  // namespace
}  // namespace flotilla::cluster
