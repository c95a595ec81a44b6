#include <zlib.h>

#include <fstream>

#include "unit/http/support.hpp"

namespace flotilla::http::test {
namespace {

using Exchange = HttpServerTest;

TEST_F(Exchange, keeps_the_connection) {
  start();
  RawClient client(port_);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client.ask(get("/" + std::to_string(i))).body, "GET /" + std::to_string(i) + " ");
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_F(Exchange, answers_pipelined_requests_in_order) {
  start();
  RawClient client(port_);
  std::string all;
  for (int i = 0; i < 10; ++i) all += get("/" + std::to_string(i));
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.read().body, "GET /" + std::to_string(i) + " ");
}

TEST_F(Exchange, answers_before_the_rest_of_the_next_request_comes) {
  start();
  RawClient client(port_);
  ASSERT_TRUE(client.send(get("/1") + "GET /2 HT"));
  EXPECT_EQ(client.read().body, "GET /1 ");
  ASSERT_TRUE(client.send("TP/1.1\r\nHost: test\r\n\r\n"));
  EXPECT_EQ(client.read().body, "GET /2 ");
}

TEST_F(Exchange, a_slow_answer_holds_back_none_before_it) {
  start();
  RawClient client(port_);
  ASSERT_TRUE(client.send(get("/1") + get("/2") + get("/held") + get("/3") + get("/rows") + get("/4")));
  EXPECT_EQ(client.read().body, "GET /1 ");
  EXPECT_EQ(client.read().body, "GET /2 ");
  ASSERT_TRUE(wait_for([&] { return held_runs_.load(); }));
  released_ = true;
  EXPECT_EQ(client.read().body, "released");
  EXPECT_EQ(client.read().body, "GET /3 ");
  EXPECT_GE(client.read().body.size(), 100'000u);
  EXPECT_EQ(client.read().body, "GET /4 ");
}

TEST_F(Exchange, a_slow_answer_waits_for_those_on_their_way) {
  start();
  RawClient client(port_, 4096);
  std::string all;
  for (int i = 0; i < 12; ++i) all += get("/text");
  ASSERT_TRUE(client.send(all + get("/slow") + get("/last")));
  ASSERT_TRUE(wait_for([&] { return slow_runs_.load(); }));
  for (int i = 0; i < 12; ++i) EXPECT_EQ(client.read().body, std::string(5000, 'a'));
  EXPECT_EQ(client.read().body, "done");
  EXPECT_EQ(client.read().body, "GET /last ");
}

TEST_F(Exchange, answers_more_pipelined_requests_than_are_gathered) {
  Limits limits;
  limits.pipelined_max = 3;
  start(limits);
  RawClient client(port_);
  std::string all;
  for (int i = 0; i < 500; ++i) all += get("/" + std::to_string(i));
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.read().body, "GET /" + std::to_string(i) + " ");
}

TEST_F(Exchange, large_answers_arrive_whole) {
  start();
  RawClient client(port_, 4096);
  Answer answer = client.ask(get("/1") + get("/big") + get("/2"));
  EXPECT_EQ(answer.body, "GET /1 ");
  EXPECT_TRUE(client.read().body == std::string(64 << 20, 'x'));
  EXPECT_EQ(client.read().body, "GET /2 ");
}

TEST_F(Exchange, listens_on_ipv6) {
  host_ = "::1";
  try {
    start();
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  RawClient client(port_, 0, "::1");
  EXPECT_EQ(client.ask(get("/6")).body, "GET /6 ");
}

TEST_F(Exchange, head_has_the_length_and_no_body) {
  start();
  RawClient client(port_);
  ASSERT_TRUE(client.send("HEAD /text HTTP/1.1\r\nHost: test\r\n\r\n" + get("/after")));
  Answer answer = client.read(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-length"), "5000");
  EXPECT_EQ(client.read().body, "GET /after ");
}

TEST_F(Exchange, no_content_has_no_length) {
  start();
  RawClient client(port_);
  Answer answer = client.ask(get("/nothing"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("content-length"), "");
}

TEST_F(Exchange, takes_bodies_byte_by_byte) {
  start();
  RawClient client(port_);
  const std::string request =
      "POST /p HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: "
      "chunked\r\n\r\n4;a=b\r\nWiki\r\n5\r\npedia\r\n0\r\nT: x\r\n\r\n";
  for (char c : request) ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  EXPECT_EQ(client.read().body, "POST /p Wikipedia");
  for (char c : std::string("\r\nPUT /q HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc"))
    ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  EXPECT_EQ(client.read().body, "PUT /q abc");
}

TEST_F(Exchange, says_continue) {
  start();
  RawClient client(port_);
  ASSERT_TRUE(
      client.send("POST /p HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_EQ(client.read().status, 100);
  EXPECT_EQ(client.ask("ok").body, "POST /p ok");
}

TEST_F(Exchange, refuses_instead_of_continue) {
  Limits limits;
  limits.body_bytes_max = 10;
  start(limits);
  RawClient client(port_);
  EXPECT_EQ(client.ask("POST /p HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n")
                .status,
            413);
  EXPECT_TRUE(client.ended());
}

TEST_F(Exchange, speaks_http_1_0) {
  start();
  RawClient once(port_);
  Answer answer = once.ask("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.body, "GET /a ");
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_TRUE(once.ended());
  RawClient more(port_);
  EXPECT_EQ(more.ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("connection"), "keep-alive");
  EXPECT_EQ(more.ask("GET /b HTTP/1.0\r\n\r\n").body, "GET /b ");
}

TEST_F(Exchange, closes_when_asked) {
  start();
  RawClient client(port_);
  EXPECT_EQ(client.ask(get("/", "Connection: close\r\n")).field("connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(Exchange, errors_become_answers) {
  start();
  RawClient client(port_);
  Answer teapot = client.ask(get("/error"));
  EXPECT_EQ(teapot.status, 418);
  EXPECT_EQ(teapot.body, R"({"errors":[{"message":"a teapot","code":"TEAPOT"}]})");
  for (const char* path : {"/bug", "/odd"}) {
    Answer bug = client.ask(get(path, "X-Request-Id: my-id\r\n"));
    EXPECT_EQ(bug.status, 500);
    EXPECT_EQ(bug.body,
              R"({"errors":[{"message":"Internal Server Error","code":"INTERNAL_ERROR","id":"my-id"}]})");
  }
  EXPECT_EQ(client.ask(get("/fine")).status, 200);
  std::lock_guard lock(mutex_);
  ASSERT_EQ(failures_.size(), 2u);
  EXPECT_EQ(failures_[0], "my-id secret detail");
}

TEST_F(Exchange, echoes_good_request_ids_and_replaces_others) {
  start();
  RawClient client(port_);
  Answer good = client.ask(get("/id", "X-Request-Id: abc.DEF_1-2\r\n"));
  EXPECT_EQ(good.body, "abc.DEF_1-2");
  EXPECT_EQ(good.field("x-request-id"), "abc.DEF_1-2");
  for (const std::string& bad :
       {std::string("a b"), std::string("<x>"), std::string(65, 'a'), std::string("\"q\"")}) {
    Answer answer = client.ask(get("/id", "X-Request-Id: " + bad + "\r\n"));
    EXPECT_EQ(answer.body.size(), 36u) << bad;
    EXPECT_EQ(answer.field("x-request-id"), answer.body);
  }
  EXPECT_NE(client.ask(get("/id")).body, client.ask(get("/id")).body);
}

TEST_F(Exchange, negotiates_compression) {
  start();
  RawClient client(port_);
  auto coding = [&](const std::string& accepted) {
    Answer answer = client.ask(get("/text", accepted.empty() ? "" : "Accept-Encoding: " + accepted + "\r\n"));
    EXPECT_EQ(answer.field("vary"), "Accept-Encoding");
    EXPECT_EQ(answer.body.size() < 5000, !answer.field("content-encoding").empty());
    return answer.field("content-encoding");
  };
  EXPECT_EQ(coding(""), "");
  EXPECT_EQ(coding("gzip"), "gzip");
  EXPECT_EQ(coding("gzip, deflate, br"), "br");
  EXPECT_EQ(coding("gzip;q=1.0, br;q=0.5"), "gzip");
  EXPECT_EQ(coding("gzip;q=0, br; q=0.000"), "");
  EXPECT_EQ(coding("*"), "br");
  EXPECT_EQ(coding("*, br;q=0"), "gzip");
  EXPECT_EQ(coding("GZIP"), "gzip");
  EXPECT_EQ(coding("identity"), "");
  EXPECT_EQ(client.ask(get("/small", "Accept-Encoding: gzip\r\n")).field("content-encoding"), "");
}

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return end == Z_STREAM_END ? out : "not gzip";
}

TEST_F(Exchange, compressed_bodies_are_the_same_bodies) {
  BlockingPool pool("compression", 1, 10);
  start({}, &pool);
  RawClient client(port_);
  for (const char* path : {"/text", "/rows"}) {  // on the loop, and on the pool
    const std::string plain = client.ask(get(path)).body;
    Answer packed = client.ask(get(path, "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(packed.field("content-encoding"), "gzip") << path;
    EXPECT_TRUE(gunzip(packed.body) == plain) << path;
    ASSERT_TRUE(client.send("HEAD " + std::string(path) +
                            " HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n"));
    EXPECT_EQ(client.read(true).field("content-length"), std::to_string(packed.body.size())) << path;
  }
  server_->drain(std::chrono::seconds(5));
  loops_.stop();
  loops_.join();  // before the pool goes
}

TEST_F(Exchange, a_full_pool_does_not_cost_the_answer) {
  BlockingPool full("compression", 1, 0);
  start({}, &full);
  RawClient client(port_);
  Answer answer = client.ask(get("/rows", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-encoding"), "");
  EXPECT_EQ(answer.field("vary"), "Accept-Encoding");
  EXPECT_EQ(answer.body, client.ask(get("/rows")).body);
  server_->drain(std::chrono::seconds(5));
  loops_.stop();
  loops_.join();
}

TEST_F(Exchange, sends_files) {
  file_ = testing::TempDir() + "flotilla_http_file";
  std::string content(3'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 256);
  std::ofstream(file_, std::ios::binary) << content;
  file_size_ = content.size();
  start();
  RawClient client(port_);
  EXPECT_EQ(client.ask(get("/file")).body, content.substr(2));
  ASSERT_TRUE(client.send("HEAD /file HTTP/1.1\r\nHost: test\r\n\r\n"));
  EXPECT_EQ(client.read(true).field("content-length"), std::to_string(content.size() - 2));
  EXPECT_EQ(client.ask(get("/no-file")).status, 500);
  file_size_ += 10;  // shorter than promised: the connection must not go on
  client.send(get("/file"));
  EXPECT_EQ(client.read().body.size(), content.size() - 2);
  EXPECT_TRUE(client.ended());
}

TEST_F(Exchange, other_paths_do_not_upgrade) {
  start();
  RawClient client(port_);
  const std::string fields =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\n";
  EXPECT_EQ(client.ask(get("/other", fields)).status, 200);
  Answer answer = client.ask(get("/ws", fields));
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.field("x-request-id").size(), 36u);
  EXPECT_EQ(answer.field("server"), "flotilla");
}

}  // namespace
}  // namespace flotilla::http::test
