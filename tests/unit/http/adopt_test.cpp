// Servers that share listening sockets, as the processes of one machine do.
#include <boost/asio/io_context.hpp>

#include "http/listen_socket.hpp"
#include "unit/http/support.hpp"

namespace flotilla::http::test {
namespace {

using namespace std::chrono_literals;

/// One process' server, which answers with its name.
struct Member {
  EventLoops loops{1};
  Server server;

  explicit Member(std::string name)
      : server(loops, {}, [name](Request&) -> Task<Response> {
          Response response;
          response.body = name;
          co_return response;
        }) {}

  void adopt(const std::vector<int>& sockets, std::size_t own) {
    std::vector<int> copies;
    for (int socket : sockets) copies.push_back(::dup(socket));
    server.adopt(copies, own);
    loops.run();
  }

  ~Member() {
    server.stop_accepting();
    server.drain(2s);
    loops.stop();
    loops.join();
  }
};

struct Adopt : testing::Test {
  boost::asio::io_context loop;
  boost::asio::ip::tcp::acceptor first = bind_shared(loop, "127.0.0.1", 0);
  std::uint16_t port = first.local_endpoint().port();
  boost::asio::ip::tcp::acceptor second = bind_shared(loop, "127.0.0.1", port);
  std::vector<int> sockets{first.native_handle(), second.native_handle()};

  std::map<std::string, int> who_answers(int connections) const {
    std::map<std::string, int> out;
    for (int i = 0; i < connections; ++i) ++out[RawClient(port).ask(get("/")).body];
    return out;
  }
};

TEST_F(Adopt, until_somebody_does_nobody_can_connect) {
  EXPECT_THROW(RawClient{port}, std::runtime_error);
  Member a("a");
  a.adopt(sockets, 0);
  EXPECT_EQ(RawClient(port).ask(get("/")).body, "a");
}

TEST_F(Adopt, each_takes_its_part) {
  Member a("a"), b("b");
  a.adopt(sockets, 0);
  b.adopt(sockets, 1);
  const auto answers = who_answers(400);
  EXPECT_EQ(answers.at("a") + answers.at("b"), 400);
  EXPECT_GT(answers.at("a"), 100);
  EXPECT_GT(answers.at("b"), 100);
}

TEST_F(Adopt, what_nobody_takes_the_other_takes) {
  Member a("a");
  a.adopt(sockets, 0);
  EXPECT_EQ(who_answers(40), (std::map<std::string, int>{{"a", 40}}));
}

TEST_F(Adopt, who_leaves_leaves_its_queue_to_who_stays) {
  Member stays("stays");
  std::optional<Member> leaves(std::in_place, "leaves");
  stays.adopt(sockets, 0);
  leaves->adopt(sockets, 1);
  std::atomic<int> lost{0}, by_leaver{0};
  std::atomic<bool> enough{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      while (!enough) {
        const std::string who = RawClient(port).ask(get("/")).body;
        if (who == "leaves") ++by_leaver;
        if (who.empty()) ++lost;
      }
    });
  for (int i = 0; i < 5000 && by_leaver < 50; ++i) std::this_thread::sleep_for(1ms);
  leaves->server.stop_accepting();
  EXPECT_TRUE(leaves->server.drain(10s));
  leaves.reset();
  enough = true;
  for (std::thread& client : clients) client.join();
  EXPECT_GE(by_leaver, 50);
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace flotilla::http::test
