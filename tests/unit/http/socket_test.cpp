#include "unit/http/socket_client.hpp"

namespace flotilla::http::test {
namespace {

namespace websocket = boost::beast::websocket;

using Socket = HttpServerTest;

TEST_F(Socket, echoes) {
  start();
  SocketClient client(port_);
  EXPECT_EQ(client.ask("one"), "echo one");
  EXPECT_EQ(client.ask(""), "echo ");
  EXPECT_EQ(client.ask(std::string(100'000, 'x')), "echo " + std::string(100'000, 'x'));
  boost::system::error_code error;
  client.stream.close(websocket::close_code::normal, error);
  EXPECT_FALSE(error);
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
  std::lock_guard lock(mutex_);
  EXPECT_EQ(served_, std::vector<std::string>{"/ws 101"});
  EXPECT_TRUE(failures_.empty());
}

TEST_F(Socket, the_handler_sees_the_origin_and_ends_by_returning) {
  start();
  SocketClient client(port_, "/ws-origin");
  EXPECT_EQ(client.read(), "http://console");
  EXPECT_EQ(client.end(), websocket::error::closed);
  EXPECT_EQ(client.stream.reason().code, websocket::close_code::going_away);
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
}

TEST_F(Socket, a_handler_that_fails_is_reported) {
  start();
  SocketClient client(port_, "/ws-fails");
  client.stream.write(boost::asio::buffer(std::string("go")));
  EXPECT_EQ(client.end(), websocket::error::closed);
  EXPECT_EQ(client.stream.reason().code, websocket::close_code::internal_error);
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
  std::lock_guard lock(mutex_);
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_TRUE(failures_[0].ends_with(" secret of a socket")) << failures_[0];
}

TEST_F(Socket, a_client_that_vanishes_is_no_failure) {
  start();
  {
    SocketClient client(port_, "/ws-fails");
  }
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
  std::lock_guard lock(mutex_);
  EXPECT_TRUE(failures_.empty());
}

constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
    "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

TEST_F(Socket, a_silent_client_is_pinged_and_dropped) {
  Limits limits;
  limits.socket_idle_timeout_ms = 200;
  start(limits);
  RawClient client(port_);
  ASSERT_EQ(client.ask(kUpgrade).status, 101);
  EXPECT_TRUE(client.rest().starts_with(std::string("\x89\0", 2)));  // a ping; it is never answered
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
}

TEST_F(Socket, nothing_may_come_before_the_upgrade_is_answered) {
  start();
  RawClient client(port_);
  EXPECT_EQ(client.ask(std::string(kUpgrade) + "early").status, 400);
  EXPECT_TRUE(client.ended());
}

TEST_F(Socket, bad_handshakes_are_refused) {
  start();
  const std::string begin = "GET /ws HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n";
  for (const std::string fields :
       {"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
        "Connection: close\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
        "dGhlIHNhbXBsZSBub25jZQ==\r\n"}) {
    RawClient client(port_);
    const int status = client.ask(begin + fields + "\r\n").status;
    EXPECT_TRUE(status == 400 || status == 426) << status << " " << fields;
  }
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
}

TEST_F(Socket, large_messages_end_it) {
  Limits limits;
  limits.message_bytes_max = 1000;
  start(limits);
  SocketClient client(port_);
  EXPECT_EQ(client.ask(std::string(1000, 'a')), "echo " + std::string(1000, 'a'));
  EXPECT_THROW(client.ask(std::string(1001, 'a')), boost::system::system_error);
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
}

}  // namespace
}  // namespace flotilla::http::test
