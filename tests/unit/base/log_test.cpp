#include "base/log.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <iterator>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log_line.hpp"
#include "base/log_queue.hpp"

namespace flotilla::log {
namespace {

namespace fs = std::filesystem;

std::string line(LogFormat format, std::string_view message, Fields fields = {}) {
  return format_line(format, UnixMs(std::chrono::milliseconds(1'769'860'800'123)), LogLevel::info, message,
                     fields);
}

TEST(LogLine, Json) {
  EXPECT_EQ(
      line(LogFormat::json, "served", {{"status", 200}, {"path", "/api/x"}, {"ms", 1.5}, {"ok", true}}),
      R"({"time":"2026-01-31T12:00:00.123Z","level":"info","message":"served","status":200,"path":"/api/x","ms":1.5,"ok":true})"
      "\n");
}

TEST(LogLine, Logfmt) {
  EXPECT_EQ(
      line(LogFormat::logfmt, "two words", {{"status", 200}, {"text", "a=b"}, {"none", ""}}),
      "time=2026-01-31T12:00:00.123Z level=info message=\"two words\" status=200 text=\"a=b\" none=\"\"\n");
}

TEST(LogLine, Console) {
  EXPECT_EQ(line(LogFormat::console, "ready", {{"port", 13000}}), "12:00:00.123 info  ready  port=13000\n");
}

TEST(LogLine, HostileTextStaysOnItsLine) {
  for (LogFormat format : {LogFormat::json, LogFormat::logfmt, LogFormat::console}) {
    std::string text = line(format, "a\nb\x1b[2J", {{"agent", "x\r\ny\x07"}});
    EXPECT_EQ(std::ranges::count_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }), 1)
        << text;
    EXPECT_TRUE(text.ends_with('\n'));
  }
}

TEST(LogLine, BytesThatAreNoUtf8DoNotBreakTheJson) {
  std::string text = line(LogFormat::json, "\xff\xfe", {{"agent", "caf\xe9"}});
  bool ok = false;
  Json document = json::try_parse(text, &ok);
  ASSERT_TRUE(ok) << text;
  EXPECT_EQ(json::text(document.as_object(), "agent"), "caf?");
}

TEST(LogLine, LongTextIsCutBetweenCharacters) {
  std::string euros;
  for (int i = 0; i < 5000; ++i) euros += "€";
  bool ok = false;
  Json document = json::try_parse(line(LogFormat::json, "x", {{"body", euros}}), &ok);
  ASSERT_TRUE(ok);
  std::string_view body = json::text(document.as_object(), "body");
  EXPECT_LT(body.size(), 9000u);
  EXPECT_TRUE(body.ends_with("€…"));
  EXPECT_FALSE(body.contains('?'));
}

TEST(LogLine, SecretsAreHidden) {
  std::string text =
      line(LogFormat::json, "x",
           {{"authorization", "Bearer abc"}, {"target", "/x?token=abc"}, {"url", "redis://:abc@h"}});
  EXPECT_FALSE(text.contains("abc")) << text;
}

/// An output that waits until it is let go, and remembers what it got.
class SlowOutput {
 public:
  LogQueue::Output output() {
    return [this](std::string_view lines) {
      if (!entered_) {
        entered_ = true;
        busy_.set_value();
        go_.get_future().wait();
      }
      text_ += lines;
    };
  }
  void wait_until_busy() { busy_.get_future().wait(); }
  void let_go() { go_.set_value(); }
  const std::string& text() const { return text_; }

 private:
  bool entered_ = false;
  std::promise<void> busy_, go_;
  std::string text_;
};

std::string dropped_line(std::uint64_t count) { return "dropped " + std::to_string(count) + "\n"; }

TEST(LogQueue, WritesAllInOrderBeforeItEnds) {
  std::string text;
  {
    LogQueue queue(1 << 20, [&](std::string_view lines) { text += lines; }, dropped_line);
    for (int i = 0; i < 1000; ++i) queue.push(std::to_string(i) + "\n", false);
  }
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(text, expected);
}

TEST(LogQueue, DropsAndCountsWhenTheOutputIsSlow) {
  SlowOutput slow;
  {
    LogQueue queue(10, slow.output(), dropped_line, std::chrono::milliseconds(0));
    queue.push("first\n", true);
    slow.wait_until_busy();
    queue.push("aaaa\n", false);
    queue.push("bbbb\n", false);
    queue.push("cccc\n", false);
    queue.push("dddd\n", false);
    slow.let_go();
  }
  EXPECT_EQ(slow.text(), "first\naaaa\nbbbb\ndropped 2\n");
}

TEST(LogQueue, TakesLinesOfManyThreads) {
  std::string text;
  {
    LogQueue queue(1 << 20, [&](std::string_view lines) { text += lines; }, dropped_line);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) queue.push("0123456789\n", i % 7 == 0);
      });
    for (std::thread& thread : threads) thread.join();
  }
  ASSERT_EQ(text.size(), 4u * 500 * 11);
  for (std::size_t i = 0; i < text.size(); i += 11) ASSERT_EQ(text.substr(i, 11), "0123456789\n");
}

class LogFiles : public testing::Test {
 protected:
  void SetUp() override {
    settings_.folder = fs::temp_directory_path() / ("flotilla-log-" + std::to_string(::getpid()));
    settings_.to_console = false;
  }
  void TearDown() override {
    shutdown();
    fs::remove_all(settings_.folder);
  }
  static std::string read(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  LogSettings settings_;
};

TEST_F(LogFiles, WritesBothKindsOfFile) {
  settings_.to_file = settings_.to_daily_file = true;
  configure(settings_);
  info("hello", {{"n", 1}});
  debug("below the level");
  shutdown();
  std::string text = read(settings_.folder / "system.log");
  EXPECT_TRUE(text.contains("\"message\":\"hello\",\"n\":1}\n")) << text;
  EXPECT_FALSE(text.contains("below"));
  int files = 0;
  for (const auto& entry : fs::directory_iterator(settings_.folder)) {
    ++files;
    EXPECT_EQ(read(entry.path()), text) << entry.path();
  }
  EXPECT_EQ(files, 2);
}

TEST_F(LogFiles, LevelsAreKnownBeforeWriting) {
  settings_.level = LogLevel::error;
  configure(settings_);
  EXPECT_FALSE(enabled(LogLevel::warn));
  EXPECT_TRUE(enabled(LogLevel::error));
  settings_.level = LogLevel::off;
  configure(settings_);
  EXPECT_FALSE(enabled(LogLevel::error));
}

TEST_F(LogFiles, NamesTheFolderItCannotMake) {
  fs::create_directories(settings_.folder);
  std::ofstream(settings_.folder / "file") << "x";
  settings_.folder /= "file";
  settings_.to_file = true;
  EXPECT_THROW(configure(settings_), Error);
  settings_.folder = settings_.folder.parent_path();
}

}  // namespace
}  // namespace flotilla::log
