#include "unit/http/support.hpp"

namespace flotilla::http::test {
namespace {

using Hostile = HttpServerTest;

TEST_F(Hostile, refuses_what_could_be_read_in_two_ways) {
  start();
  const std::string start_line = "POST / HTTP/1.1\r\n", host = "Host: a\r\n";
  const std::pair<const char*, std::string> attempts[] = {
      {"TE and CL", start_line + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"CL and TE", start_line + host + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"},
      {"two lengths", start_line + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
      {"the same length twice", start_line + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"},
      {"list of lengths", start_line + host + "Content-Length: 1, 1\r\n\r\na"},
      {"signed length", start_line + host + "Content-Length: +1\r\n\r\na"},
      {"negative length", start_line + host + "Content-Length: -1\r\n\r\na"},
      {"hex length", start_line + host + "Content-Length: 0x1\r\n\r\na"},
      {"huge length", start_line + host + "Content-Length: 18446744073709551617\r\n\r\na"},
      {"other coding", start_line + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked is not last", start_line + host + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
      {"unknown coding", start_line + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"two codings",
       start_line + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n"},
      {"coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"bad chunk size", start_line + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n"},
      {"chunk longer than said",
       start_line + host + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"},
      {"huge chunk", start_line + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na"},
      {"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n"},
      {"one bare line feed", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"},
      {"bare carriage return", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"},
      {"folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n"},
      {"folded by tab", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n"},
      {"blank after the request line", "GET / HTTP/1.1\r\n X: b\r\nHost: a\r\n\r\n"},
      {"blank before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
      {"no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"},
      {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n"},
      {"NUL in a value", std::string("GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", 35)},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"absolute target", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"authority target", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"blank in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
      {"no version", "GET /\r\nHost: a\r\n\r\n"},
      {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)},
  };
  for (const auto& [name, bytes] : attempts) {
    RawClient client(port_);
    EXPECT_EQ(client.ask(bytes).status, 400) << name;
    EXPECT_TRUE(client.ended()) << name;
  }
}

TEST_F(Hostile, finds_the_same_faults_byte_by_byte) {
  start();
  for (const std::string bytes :
       {"GET / HTTP/1.1\nHost", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c", "GET / HTTP/1.1\r\n X"}) {
    RawClient client(port_);
    for (char c : bytes) ASSERT_TRUE(client.send(std::string_view(&c, 1)));
    EXPECT_EQ(client.read().status, 400) << bytes;
    EXPECT_TRUE(client.ended());
  }
}

TEST_F(Hostile, limits_the_head) {
  Limits limits;
  limits.header_bytes_max = 2000;
  limits.target_bytes_max = 500;
  start(limits);
  {
    RawClient client(port_);
    EXPECT_EQ(client.ask(get("/", "X: " + std::string(1800, 'a') + "\r\n")).status, 200);
    EXPECT_EQ(client.ask(get("/", "X: " + std::string(2000, 'a') + "\r\n")).status, 431);
    EXPECT_TRUE(client.ended());
  }
  {
    RawClient client(port_);
    EXPECT_EQ(client.ask("GET /" + std::string(100'000, 'a')).status, 431);  // never ends
  }
  RawClient client(port_);
  EXPECT_EQ(client.ask(get("/" + std::string(499, 'a'))).status, 200);
  EXPECT_EQ(client.ask(get("/" + std::string(500, 'a'))).status, 414);
  EXPECT_TRUE(client.ended());
}

TEST_F(Hostile, limits_the_body) {
  Limits limits;
  limits.body_bytes_max = 1000;
  limits.upload_bytes_max = 2000;
  start(limits);
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  auto of_length = [&](std::size_t size, std::string fields = {}) {
    RawClient client(port_);
    return client
        .ask(post + fields + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x'))
        .status;
  };
  auto of_chunks = [&](int count, std::string fields = {}) {
    RawClient client(port_);
    std::string request = post + fields + "Transfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < count; ++i) request += "64\r\n" + std::string(100, 'x') + "\r\n";
    return client.ask(request + "0\r\n\r\n").status;
  };
  EXPECT_EQ(of_length(1000), 200);
  EXPECT_EQ(of_length(1001), 413);
  EXPECT_EQ(of_length(5'000'000), 413);
  EXPECT_EQ(of_chunks(10), 200);
  EXPECT_EQ(of_chunks(11), 413);
  const std::string upload = "Content-Type: Multipart/form-data; boundary=x\r\n";
  EXPECT_EQ(of_length(2000, upload), 200);
  EXPECT_EQ(of_length(2001, upload), 413);
  EXPECT_EQ(of_chunks(20, upload), 200);
  EXPECT_EQ(of_chunks(21, upload), 413);
}

TEST_F(Hostile, endless_chunk_extensions_and_trailers_end) {
  start();
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string begin : {"1;", "0\r\nX: "}) {
    RawClient client(port_);
    client.send(post + begin + std::string(1'000'000, 'x'));
    const int status = client.read().status;
    EXPECT_TRUE(status == 400 || status == 431) << status;
    EXPECT_TRUE(client.ended());
  }
}

TEST_F(Hostile, times_out) {
  Limits limits;
  limits.idle_timeout_ms = limits.header_timeout_ms = limits.body_timeout_ms = 100;
  start(limits);
  RawClient idle(port_), head(port_), body(port_), between(port_);
  head.send("GET / HT");
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(between.ask(get("/")).status, 200);
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(between.ended());
  EXPECT_EQ(head.read().status, 408);
  EXPECT_TRUE(head.ended());
  EXPECT_EQ(body.read().status, 408);
  EXPECT_TRUE(body.ended());
}

TEST_F(Hostile, a_slow_handler_is_no_time_out) {
  Limits limits;
  limits.idle_timeout_ms = limits.header_timeout_ms = limits.body_timeout_ms = limits.write_timeout_ms = 250;
  start(limits);
  RawClient client(port_);
  EXPECT_EQ(client.ask(get("/slow")).body, "done");
  EXPECT_EQ(client.ask(get("/next")).body, "GET /next ");
}

TEST_F(Hostile, a_dripping_head_times_out) {
  Limits limits;
  limits.header_timeout_ms = 200;
  start(limits);
  RawClient client(port_);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (client.send("a") && server_->connections() > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LT(std::chrono::steady_clock::now(), end);
  EXPECT_EQ(client.read().status, 408);
}

TEST_F(Hostile, a_dripping_body_times_out) {
  Limits limits;
  limits.body_timeout_ms = 200;
  limits.transfer_rate_min = 1'000'000;
  start(limits);
  RawClient client(port_);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (client.send("a") && server_->connections() > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LT(std::chrono::steady_clock::now(), end);
  EXPECT_EQ(client.read().status, 408);
}

TEST_F(Hostile, a_body_that_keeps_the_rate_may_outlast_the_time_out) {
  Limits limits;
  limits.body_timeout_ms = 2000;
  limits.transfer_rate_min = 1;
  start(limits);
  RawClient client(port_);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 26\r\n\r\n");
  for (int i = 0; i < 26; ++i) {
    ASSERT_TRUE(client.send("a"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(client.read().status, 200);
}

TEST_F(Hostile, a_client_that_does_not_read_is_dropped) {
  Limits limits;
  limits.write_timeout_ms = 100;
  start(limits);
  RawClient client(port_, 4096);
  client.send(get("/big"));
  ASSERT_TRUE(wait_for([&] { return server_->connections() == 1; }));
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
  EXPECT_LT(client.read_all(), std::size_t{64} << 20);
}

TEST_F(Hostile, a_client_that_leaves_does_no_harm) {
  start();
  for (int i = 0; i < 10; ++i) {
    RawClient client(port_);
    client.send(i % 2 ? get("/slow") : get("/big"));
  }
  // Who comes later is accepted later.
  EXPECT_EQ(RawClient(port_).ask(get("/")).status, 200);
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
}

TEST_F(Hostile, too_many_connections_are_turned_away) {
  Limits limits;
  limits.connections_max = 3;
  start(limits);
  {
    RawClient a(port_), b(port_), c(port_);
    EXPECT_EQ(a.ask(get("/")).status, 200);
    RawClient d(port_);
    Answer answer = d.ask(get("/"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.field("retry-after"), "1");
    EXPECT_EQ(answer.field("x-request-id").size(), 36u);
    EXPECT_EQ(answer.body,
              R"({"errors":[{"message":"too many connections, please try again","code":"OVERLOADED"}]})");
    EXPECT_TRUE(d.ended());
    EXPECT_EQ(server_->connections(), 3u);
  }
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
  RawClient again(port_);
  EXPECT_EQ(again.ask(get("/")).status, 200);
}

TEST_F(Hostile, thousands_of_connections_come_and_go) {
  start();
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(std::make_unique<RawClient>(port_));
    for (auto& client : clients) ASSERT_EQ(client->ask(get("/")).status, 200);
  }
  EXPECT_TRUE(wait_for([&] { return server_->connections() == 0; }));
}

}  // namespace
}  // namespace flotilla::http::test
