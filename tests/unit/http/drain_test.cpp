#include "unit/http/socket_client.hpp"
#include "unit/http/support.hpp"

namespace flotilla::http::test {
namespace {

using namespace std::chrono_literals;
namespace websocket = boost::beast::websocket;

using Drain = HttpServerTest;

TEST_F(Drain, ends_idle_connections_soon) {
  start();
  RawClient client(port_), fresh(port_);
  EXPECT_EQ(client.ask(get("/")).status, 200);
  ASSERT_TRUE(wait_for([&] { return server_->connections() == 2; }));
  const auto began = std::chrono::steady_clock::now();
  server_->stop_accepting();
  server_->drain(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(fresh.ended());
}

TEST_F(Drain, finishes_running_requests) {
  start();
  RawClient client(port_);
  client.send(get("/slow"));
  ASSERT_TRUE(wait_for([&] { return slow_runs_.load(); }));
  server_->stop_accepting();
  server_->drain(10s);
  Answer answer = client.read();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(Drain, a_client_that_asks_without_pause_is_told_by_an_answer) {
  start();
  std::atomic<int> warm{0};
  std::vector<std::string> wrong;
  std::mutex mutex;
  auto ask_on = [&] {
    RawClient client(port_);
    for (int asked = 0;; ++asked) {
      const Answer answer = client.ask(get("/"));
      if (answer.status != 200) {
        std::lock_guard lock(mutex);
        wrong.push_back("cut off after " + std::to_string(asked));
      }
      if (answer.status != 200 || answer.field("connection") == "close") return;
      if (asked == 20) ++warm;
    }
  };
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) clients.emplace_back(ask_on);
  EXPECT_TRUE(wait_for([&] { return warm == 16; }));
  EXPECT_TRUE(server_->drain(10s));
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, std::vector<std::string>{});
}

TEST_F(Drain, whoever_got_a_connection_gets_an_answer) {
  start();
  std::atomic<int> answered{0}, lost{0};
  auto connect_on = [&] {
    try {
      for (;;) {
        RawClient client(port_);  // throws once nobody listens
        ++(client.ask(get("/")).status == 200 ? answered : lost);
      }
    } catch (const std::runtime_error&) {
    }
  };
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(connect_on);
  EXPECT_TRUE(wait_for([&] { return answered > 200; }));
  server_->close_listeners();
  EXPECT_TRUE(server_->drain(10s));
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(lost, 0);
}

TEST_F(Drain, hurry_cuts_what_runs) {
  start();
  RawClient client(port_);
  client.send(get("/held"));
  ASSERT_TRUE(wait_for([&] { return held_runs_.load(); }));
  std::thread impatient([&] { server_->hurry(); });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(server_->drain(10s));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_TRUE(client.ended());
  impatient.join();
}

TEST_F(Drain, does_not_wait_long_for_half_a_head) {
  start();
  RawClient client(port_);
  client.send("GET / HT");
  ASSERT_TRUE(wait_for([&] { return server_->connections() == 1; }));
  const auto began = std::chrono::steady_clock::now();
  server_->drain(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(Drain, closes_at_the_deadline) {
  start();
  RawClient client(port_);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  ASSERT_TRUE(wait_for([&] { return server_->connections() == 1; }));
  server_->drain(50ms);
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
}

TEST_F(Drain, tells_sockets_to_go_away) {
  start();
  SocketClient client(port_);
  EXPECT_EQ(client.ask("hello"), "echo hello");
  boost::system::error_code error;
  std::thread reader([&] {
    boost::beast::flat_buffer buffer;
    client.stream.read(buffer, error);
  });
  const auto began = std::chrono::steady_clock::now();
  server_->drain(10s);
  reader.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(error, websocket::error::closed);
  EXPECT_EQ(client.stream.reason().code, websocket::close_code::service_restart);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(Drain, cuts_sockets_that_do_not_answer) {
  start();
  SocketClient client(port_);
  EXPECT_EQ(client.ask("hello"), "echo hello");
  const auto began = std::chrono::steady_clock::now();
  server_->drain(10s);  // the client reads nothing
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(Drain, listening_fails_with_the_variable_s_name) {
  start();
  Server second(loops_, {}, [](Request&) -> Task<Response> { co_return Response{}; });
  for (const auto& [host, port, name] :
       {std::tuple{"127.0.0.1", port_, "APP_PORT"}, std::tuple{"not-an-address", port_, "APP_HOST"}}) {
    try {
      second.listen(host, port);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(name)) << error.what();
    }
  }
}

}  // namespace
}  // namespace flotilla::http::test
