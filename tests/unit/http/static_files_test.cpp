#include "http/static_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "http/byte_range.hpp"
#include "raw_client.hpp"
#include "running_server.hpp"

namespace flotilla::http::testing {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  fs::path folder_, root_;
  BlockingPool pool_{"file reads", 1, 100};
  std::optional<StaticFiles> files_;
  RunningServer server_{[this](Request& request) -> Task<Response> {
    std::string path(request.path);
    co_return co_await files_->serve(request, path);
  }};

  void SetUp() override {
    char pattern[] = "/tmp/flotilla-files-XXXXXX";
    folder_ = mkdtemp(pattern);
    root_ = folder_ / "public";
    fs::create_directories(root_ / "sub");
    write(folder_ / "secret.txt", "secret");
    write(root_ / "a.txt", "0123456789");
    write(root_ / "sub" / "b c.js", "let b");
    write(root_ / "empty.css", "");
    write(root_ / ".env", "secret");
    fs::create_symlink(folder_ / "secret.txt", root_ / "link.txt");
    fs::create_symlink(root_ / "a.txt", root_ / "inside.txt");
    files_.emplace(root_, pool_);
    server_.start();
  }
  void TearDown() override { fs::remove_all(folder_); }

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
};

TEST_F(Files, SendsWhatIsThere) {
  RawClient client(server_.port());
  const Answer text = client.get("/a.txt?v=1");
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(text.body, "0123456789");
  EXPECT_EQ(text.field("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(text.field("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(client.get("/sub/b%20c.js").body, "let b");
  EXPECT_EQ(client.get("/empty.css").status, 200);
  EXPECT_EQ(client.get("/inside.txt").body, "0123456789");
}

TEST_F(Files, NothingOutsideOfTheFolderIsReached) {
  RawClient client(server_.port());
  for (const char* path : {"/../secret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt",
                           "/sub/../../secret.txt", "/..%5csecret.txt", "/./a.txt", "//../secret.txt",
                           "/sub//../a.txt", "/link.txt", "/.env", "/a.txt%00.js", "/a.txt/", "/sub", "/",
                           "/a.txt%", "/%zz", "/%252e%252e/secret.txt", "/etc/passwd", "/nothing"}) {
    const Answer answer = client.get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body.find("secret"), std::string::npos) << path;
  }
}

TEST_F(Files, UnchangedFilesAreNotSentAgain) {
  RawClient client(server_.port());
  const Answer first = client.get("/a.txt");
  const std::string etag = first.field("ETag"), modified = first.field("Last-Modified");
  EXPECT_EQ(client.get("/a.txt", "If-None-Match: " + etag + "\r\n").status, 304);
  EXPECT_EQ(client.get("/a.txt", "If-None-Match: \"x\", W/" + etag + "\r\n").status, 304);
  EXPECT_EQ(client.get("/a.txt", "If-Modified-Since: " + modified + "\r\n").status, 304);
  EXPECT_EQ(client.get("/a.txt", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n").status, 200);
  EXPECT_EQ(client.get("/a.txt", "If-Modified-Since: nonsense\r\n").status, 200);
  EXPECT_EQ(client.get("/a.txt", "If-None-Match: \"x\"\r\nIf-Modified-Since: " + modified + "\r\n").status,
            200);
  write(root_ / "a.txt", "changed");
  EXPECT_EQ(client.get("/a.txt", "If-None-Match: " + etag + "\r\n").body, "changed");
}

TEST_F(Files, SendsTheRangeAskedFor) {
  RawClient client(server_.port());
  const Answer part = client.get("/a.txt", "Range: bytes=2-4\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.field("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(client.get("/a.txt", "Range: bytes=-3\r\n").body, "789");
  EXPECT_EQ(client.get("/a.txt", "Range: bytes=8-\r\n").body, "89");
  const Answer beyond = client.get("/a.txt", "Range: bytes=10-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.field("Content-Range"), "bytes */10");
  EXPECT_EQ(client.get("/a.txt", "Range: bytes=2-4\r\nIf-Range: \"old\"\r\n").body, "0123456789");
  EXPECT_EQ(client.get("/a.txt").body, "0123456789");
}

TEST_F(Files, HeadSendsNoBodyAndOtherMethodsAreRefused) {
  RawClient client(server_.port());
  client.send("HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.receive(false).field("Content-Length"), "10");
  client.send("POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 405);
}

TEST_F(Files, LargeOneArrivesWhole) {
  std::string large(5'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 26 + i / 1000 % 3);
  write(root_ / "large.bin", large);
  RawClient client(server_.port());
  EXPECT_TRUE(client.get("/large.bin").body == large);
  EXPECT_TRUE(client.get("/large.bin", "Range: bytes=1000000-2999999\r\n").body ==
              large.substr(1'000'000, 2'000'000));
}

TEST(ByteRange, IgnoresWhatItDoesNotUnderstand) {
  for (const char* field : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4",
                            "lines=0-1", "bytes=--1", "bytes=99999999999999999999-"})
    EXPECT_EQ(byte_range(field, 10).kind, http::ByteRange::Kind::whole) << field;
  EXPECT_EQ(byte_range("bytes=-0", 10).kind, http::ByteRange::Kind::unsatisfiable);
  EXPECT_EQ(byte_range("bytes=0-", 0).kind, http::ByteRange::Kind::unsatisfiable);
  EXPECT_EQ(byte_range("bytes=-18446744073709551615", 10).size, 10u);
  EXPECT_EQ(byte_range("bytes=9-18446744073709551615", 10).size, 1u);
}

}  // namespace
}  // namespace flotilla::http::testing
