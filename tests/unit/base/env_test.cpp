#include "base/env.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>

namespace flotilla {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

Environment env(Environment::Values values) { return Environment(std::move(values)); }

std::string failure(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Environment, EmptyCountsAsNotSet) {
  EXPECT_EQ(env({{"A", ""}}).find("A"), nullptr);
  EXPECT_EQ(env({{"A", ""}}).text("A", "x"), "x");
  EXPECT_EQ(env({{"APP_PORT", ""}}).port("APP_PORT", 13000), 13000);
}

TEST(Environment, Port) {
  EXPECT_EQ(env({{"APP_PORT", "8080"}}).port("APP_PORT", 1), 8080);
  for (const char* bad : {"abc", "0", "65536", "-1", "80x", "8 0", "1e3", "99999999999999999999"}) {
    EXPECT_EQ(failure([&] { env({{"APP_PORT", bad}}).port("APP_PORT", 1); }),
              std::string("APP_PORT: got \"") + bad + "\", takes a port from 1 to 65535");
  }
}

TEST(Environment, IntegerKeepsItsRange) {
  EXPECT_EQ(env({{"N", " -5 "}}).integer("N", 0, -5, 5), -5);
  EXPECT_EQ(failure([] { env({{"N", "6"}}).integer("N", 0, -5, 5); }),
            "N: got \"6\", takes a whole number from -5 to 5");
  EXPECT_NE(failure([] { env({{"N", "1.5"}}).integer("N", 0, -5, 5); }), "no error");
}

TEST(Environment, Boolean) {
  for (const char* yes : {"true", "1", "YES", "on"})
    EXPECT_TRUE(env({{"B", yes}}).boolean("B", false)) << yes;
  for (const char* no : {"false", "0", "No", "OFF"}) EXPECT_FALSE(env({{"B", no}}).boolean("B", true)) << no;
  EXPECT_TRUE(env({}).boolean("B", true));
  EXPECT_EQ(failure([] { env({{"B", "maybe"}}).boolean("B", true); }),
            "B: got \"maybe\", takes true or false");
}

TEST(Environment, SizeAndDuration) {
  EXPECT_EQ(env({{"S", "10mb"}}).size_bytes("S", 0), 10u << 20);
  EXPECT_EQ(env({{"S", "512"}}).size_bytes("S", 0), 512u);
  EXPECT_EQ(env({{"D", "7d"}}).duration("D", 1s, 0s, 1000h), 168h);
  EXPECT_EQ(env({{"D", "250"}}).duration("D", 1s, 0s, 1000h), 250ms);
  for (const char* bad : {"x", "-1", "10tb", "0", "1e300gb", "inf", "nan"})
    EXPECT_NE(failure([&] { env({{"S", bad}}).size_bytes("S", 0); }), "no error") << bad;
  for (const char* bad : {"soon", "-1s", "2000h", "inf"})
    EXPECT_NE(failure([&] { env({{"D", bad}}).duration("D", 1s, 0s, 1000h); }), "no error") << bad;
}

TEST(Environment, ChoiceNamesWhatItTakes) {
  EXPECT_EQ(env({{"C", "b"}}).choice("C", "a", {"a", "b"}), "b");
  EXPECT_EQ(failure([] { env({{"C", "B"}}).choice("C", "a", {"a", "b"}); }), "C: got \"B\", takes a, b");
}

TEST(Environment, PathsAreAbsolute) {
  EXPECT_EQ(env({{"P", "/a/../b"}}).path("P", "x"), "/b");
  EXPECT_EQ(env({}).path("P", "x"), fs::current_path() / "x");
}

TEST(Environment, Url) {
  EXPECT_EQ(env({{"U", "redis://h:1/0"}}).url("U", {"redis", "rediss"}), "redis://h:1/0");
  for (const char* bad : {"h:1", "http://h", "redis://", "redis:///x", "redis://h x"})
    EXPECT_NE(failure([&] { env({{"U", bad}}).url("U", {"redis", "rediss"}); }), "no error") << bad;
  EXPECT_EQ(failure([] { env({{"U", "http://me:pw@h"}}).url("U", {"redis", "rediss"}); }),
            "U: got \"http://me:(hidden)@h\", takes a URL that starts with redis:// or rediss://");
}

TEST(Environment, ErrorsHideSecretsAndStayOnOneLine) {
  EXPECT_EQ(std::string(SettingError("APP_KEY", "hunter2", "x").what()),
            "APP_KEY: got \"(hidden)\", takes x");
  EXPECT_EQ(std::string(SettingError("A", "a\nb\x1b[2J", "x").what()), "A: got \"a b [2J\", takes x");
  EXPECT_LT(std::string(SettingError("A", std::string(10'000, 'x'), "y").what()).size(), 200u);
}

class EnvFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("flotilla-env-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    before_ = fs::current_path();
  }
  void TearDown() override {
    fs::current_path(before_);
    unsetenv("FLOTILLA_TEST_VARIABLE");
    fs::remove_all(folder_);
  }
  fs::path write(const char* name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  fs::path folder_;
  fs::path before_;
};

TEST_F(EnvFile, RealVariablesWin) {
  fs::path file = write("a.env", "FLOTILLA_TEST_VARIABLE=file\nFLOTILLA_TEST_OTHER=file\n");
  setenv("FLOTILLA_TEST_VARIABLE", "real", 1);
  Environment environment = Environment::of_process(file);
  EXPECT_EQ(environment.text("FLOTILLA_TEST_VARIABLE"), "real");
  EXPECT_EQ(environment.text("FLOTILLA_TEST_OTHER"), "file");
}

TEST_F(EnvFile, TheWorkingFoldersFileIsReadWhenThereIsOne) {
  fs::current_path(folder_);
  EXPECT_EQ(Environment::of_process().find("FLOTILLA_TEST_VARIABLE"), nullptr);
  write(".env", "FLOTILLA_TEST_VARIABLE=here");
  EXPECT_EQ(Environment::of_process().text("FLOTILLA_TEST_VARIABLE"), "here");
}

TEST_F(EnvFile, ANamedFileMustBeThere) {
  fs::path missing = folder_ / "none.env";
  EXPECT_EQ(failure([&] { Environment::of_process(missing); }), missing.string() + ": cannot be read");
  EXPECT_EQ(failure([&] { Environment::of_process(folder_); }), folder_.string() + ": cannot be read");
}

}  // namespace
}  // namespace flotilla
