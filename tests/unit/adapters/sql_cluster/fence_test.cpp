#include "data/sql/fence.hpp"

#include "adapters/sql/flavour.hpp"
#include "support.hpp"

namespace flotilla::sql::test {
namespace {

class Fence : public testing::Test {
 protected:
  Fence() { fleet.execute("CREATE TABLE written (seq INTEGER PRIMARY KEY AUTOINCREMENT, token INTEGER)"); }

  Task<void> write(std::size_t node, std::string key, cluster::FencingToken token) {
    auto work = [&](data::Session& session) -> Task<void> {
      co_await session.execute(statement("INSERT INTO written (token) VALUES (?)", {token}));
      co_await data::enforce_fence(session, key, token);
    };
    co_await fleet.node(node).write(work);
  }
  /// What the write fails with; empty when it is let through.
  std::string refused(const std::string& key, cluster::FencingToken token) {
    try {
      fleet.loop.run(write(0, key, token));
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 409);
      return error.items().front().code;
    }
    return {};
  }

  Fleet fleet{4};
};

TEST_F(Fence, RefusesOlderTokensAndWhatTheirTransactionWrote) {
  EXPECT_EQ(refused("a", 5), "");
  EXPECT_EQ(refused("a", 5), "") << "one holder writes several times";
  EXPECT_EQ(refused("a", 4), "FENCED");
  EXPECT_EQ(refused("b", 4), "") << "keys are apart";
  EXPECT_EQ(refused("a", 9), "");
  EXPECT_EQ(refused("a", 8), "FENCED");
  EXPECT_EQ(fleet.number("SELECT count(*) FROM written"), 4);
}

TEST_F(Fence, ARolledBackNewerTokenRefusesNobody) {
  EXPECT_EQ(refused("a", 5), "");
  auto fail = [&](data::Session& session) -> Task<void> {
    co_await data::enforce_fence(session, "a", 100);
    throw std::runtime_error("changed its mind");
  };
  EXPECT_THROW(fleet.loop.run([&]() -> Task<void> { co_await fleet.node().write(fail); }),
               std::runtime_error);
  EXPECT_EQ(refused("a", 6), "");
}

TEST_F(Fence, AcceptedWritesOfManyProcessesNeverGoBack) {
  constexpr int kTasks = 8, kRounds = 40;
  std::atomic<int> accepted{0}, fenced{0};
  std::atomic<std::int64_t> newest{0};
  Crowd crowd(fleet);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      for (int round = 0; round < kRounds; ++round) {
        // Some hold on to a token that others have overtaken.
        const std::int64_t token = std::max<std::int64_t>(1, ++newest - (task % 4) * 3);
        try {
          co_await write(task % fleet.size(), "a", token);
          ++accepted;
        } catch (const Error&) {
          ++fenced;
        }
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(accepted + fenced, kTasks * kRounds);
  EXPECT_GT(fenced, 0);
  EXPECT_EQ(fleet.number("SELECT count(*) FROM written"), accepted);
  EXPECT_EQ(fleet.number("SELECT count(*) FROM written AS late JOIN written AS early "
                         "ON early.seq < late.seq AND early.token > late.token"),
            0);
}

}  // namespace
}  // namespace flotilla::sql::test
