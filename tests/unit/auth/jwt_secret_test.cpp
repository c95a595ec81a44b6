#include "auth/jwt_secret.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace flotilla::auth {
namespace {

namespace fs = std::filesystem;

class JwtSecretFile : public testing::Test {
 protected:
  void SetUp() override {
    storage_ = fs::path(testing::TempDir()) / ("jwt-" + random_uuid(Random::system()));
  }
  void TearDown() override { fs::remove_all(storage_); }

  fs::path file() const { return storage_ / "apps" / "main" / "jwt_secret.dat"; }
  void write(std::string_view bytes) {
    fs::create_directories(file().parent_path());
    std::ofstream(file(), std::ios::binary) << bytes;
  }
  JwtSecret choose(std::string app_key, bool always = false) {
    return choose_jwt_secret({storage_, std::move(app_key), always}, Random::system());
  }

  fs::path storage_;
};

TEST_F(JwtSecretFile, AppKeyUnlessItIsAPublishedExample) {
  JwtSecret secret = choose("my own key");
  EXPECT_EQ(secret.key, "my own key");
  EXPECT_EQ(secret.source, JwtSecret::Source::kAppKey);
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_NE(choose("your-secret-key").key, "your-secret-key");
}

TEST_F(JwtSecretFile, ANodeOfAFleetMakesNoKeyOfItsOwn) {
  for (const char* key : {"", "your-secret-key"}) {
    const JwtSecretOptions options{
        .storage = storage_, .app_key = key, .always_app_key = false, .of_fleet = true};
    EXPECT_THROW(choose_jwt_secret(options, Random::system()), std::runtime_error) << key;
    EXPECT_FALSE(fs::exists(file()));
  }
  const JwtSecretOptions own{
      .storage = storage_, .app_key = "my own key", .always_app_key = false, .of_fleet = true};
  EXPECT_EQ(choose_jwt_secret(own, Random::system()).key, "my own key");
  const std::string shared(32, 'k');
  write(shared);
  const JwtSecretOptions none{.storage = storage_, .app_key = {}, .always_app_key = false, .of_fleet = true};
  EXPECT_EQ(choose_jwt_secret(none, Random::system()).key, shared);
}

TEST_F(JwtSecretFile, FileComesBeforeAppKey) {
  std::string bytes(
      "0123456789abcdef\0\r\n\xff"
      "0123456789AB",
      32);
  write(bytes);
  JwtSecret secret = choose("my own key");
  EXPECT_EQ(secret.key, bytes);
  EXPECT_EQ(secret.source, JwtSecret::Source::kFile);
}

TEST_F(JwtSecretFile, ForcedAppKeyComesFirst) {
  write(std::string(32, 'x'));
  EXPECT_EQ(choose("test-key", true).key, "test-key");
  EXPECT_THROW(choose("", true), std::runtime_error);
}

TEST_F(JwtSecretFile, NewFileIsPrivateAndStays) {
  JwtSecret first = choose("");
  EXPECT_EQ(first.key.size(), 32u);
  EXPECT_EQ(first.source, JwtSecret::Source::kFile);
  struct stat info{};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(choose("test-key").key, first.key);
  EXPECT_EQ(std::distance(fs::directory_iterator(file().parent_path()), {}), 1) << "no draft stays behind";
}

TEST_F(JwtSecretFile, AllWhoStartAtOnceGetOneSecret) {
  std::vector<std::string> keys(16);
  {
    std::vector<std::jthread> threads;
    for (std::string& key : keys) threads.emplace_back([&] { key = choose("").key; });
  }
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 1u);
  EXPECT_EQ(keys[0].size(), 32u);
  EXPECT_EQ(std::distance(fs::directory_iterator(file().parent_path()), {}), 1);
}

TEST_F(JwtSecretFile, DamagedFileIsNotReplaced) {
  for (std::size_t size : {0, 31, 33, 5000}) {
    write(std::string(size, 'x'));
    try {
      choose("my own key");
      FAIL() << size;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("jwt_secret.dat must hold exactly 32 bytes"),
                std::string::npos);
    }
    EXPECT_EQ(fs::file_size(file()), size);
  }
}

TEST_F(JwtSecretFile, UnusableFolderIsNamed) {
  fs::create_directories(storage_);
  std::ofstream(storage_ / "apps") << "a file where a folder should be";
  try {
    choose("");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(storage_.string()), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace flotilla::auth
