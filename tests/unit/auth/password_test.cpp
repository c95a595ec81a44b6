#include "auth/password.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "base/error.hpp"

namespace flotilla::auth {
namespace {

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    std::ranges::generate(bytes, [this] { return next_++; });
  }

 private:
  std::uint8_t next_ = 1;
};

// Written by the server whose databases are taken over.
constexpr std::string_view kRootHash = "70c385d7a32f3ebbea8e2fc6793f60e7f41a355d8d99362cb8cdbcd970c632a4";
constexpr std::string_view kAliceHash = "39fb33b5a1237f4803dd484f6a55f92293283ae8c540aeac2f62e800dde411d8";

TEST(Password, VerifiesHashesOfATakenOverDatabase) {
  EXPECT_TRUE(verify_password("admin123", kRootHash));
  EXPECT_TRUE(verify_password("alice456", kAliceHash));
  EXPECT_FALSE(verify_password("admin124", kRootHash));
  EXPECT_FALSE(verify_password("admin123", kAliceHash));
}

TEST(Password, HashesInTheSameForm) {
  CountingRandom random;
  std::string stored = hash_password("пароль", random);
  EXPECT_EQ(stored.size(), 64u);
  EXPECT_EQ(stored.substr(0, 16), "0102030405060708");
  EXPECT_TRUE(verify_password("пароль", stored));
  EXPECT_FALSE(verify_password("пароли", stored));
  EXPECT_NE(hash_password("пароль", random), stored) << "every hash has its own salt";
}

TEST(Password, OtherShapes) {
  PasswordShape shape{.length = 128, .random_bytes = 16};
  std::string stored = hash_password("x", Random::system(), shape);
  EXPECT_EQ(stored.size(), 128u);
  EXPECT_TRUE(verify_password("x", stored, shape));
  EXPECT_FALSE(verify_password("x", stored));
  EXPECT_THROW(hash_password("x", Random::system(), {.length = 16, .random_bytes = 8}),
               std::invalid_argument);
  EXPECT_THROW(hash_password("x", Random::system(), {.length = 63, .random_bytes = 8}),
               std::invalid_argument);
}

TEST(Password, StoredTextsThatAreNoHashesNeverMatch) {
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("admin123", "admin123"));
  EXPECT_FALSE(verify_password("admin123", std::string(kRootHash) + "0"));
  EXPECT_FALSE(verify_password("admin123", std::string(64, 'z')));
  EXPECT_FALSE(verify_password("admin123", decoy_password_hash()));
  EXPECT_EQ(decoy_password_hash().size(), PasswordShape{}.length);
}

TEST(Password, LengthIsLimited) {
  std::string longest(kPasswordBytesMax, 'x');
  EXPECT_TRUE(verify_password(longest, hash_password(longest, Random::system())));
  EXPECT_FALSE(verify_password(longest + 'x', kRootHash));
  try {
    hash_password(longest + 'x', Random::system());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    EXPECT_STREQ(error.what(), "password must be at most 4096 bytes");
  }
}

}  // namespace
}  // namespace flotilla::auth
