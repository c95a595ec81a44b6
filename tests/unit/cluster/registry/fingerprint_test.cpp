#include "cluster/registry/fingerprint.hpp"

#include <gmock/gmock.h>

#include <set>

namespace flotilla::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Texts = std::map<std::string, std::string>;

NodeRecord node(const Texts& settings, std::string_view secret = "app secret") {
  NodeRecord node;
  node.fingerprint = fingerprint(settings, secret);
  return node;
}

TEST(Fingerprint, IsHmacSha256OfNameAndValue) {
  // printf APP_KEY=s3cret | openssl dgst -sha256 -hmac "app secret"
  EXPECT_EQ(fingerprint({{"APP_KEY", "s3cret"}}, "app secret"), (Texts{{"APP_KEY", "d75063e1c0a0f099"}}));
  EXPECT_EQ(fingerprint({{"APP_KEY", "s3cret"}}, ""), (Texts{{"APP_KEY", "205468c62af7c7f1"}}));
}

TEST(Fingerprint, NamesAreToldAndValuesAreNot) {
  const Texts settings = {{"APP_KEY", "s3cret"},
                          {"DB_PASSWORD", "hunter2"},
                          {"REDIS_URL", "redis://u:pass@h:6379/0"},
                          {"EMPTY", ""}};
  const Texts hashes = fingerprint(settings, "app secret");
  ASSERT_EQ(hashes.size(), settings.size());
  for (const auto& [name, value] : settings) {
    ASSERT_TRUE(hashes.contains(name)) << name;
    EXPECT_THAT(hashes.at(name), testing::MatchesRegex("[0-9a-f]{16}"));
    if (!value.empty()) EXPECT_THAT(hashes.at(name), Not(HasSubstr(value)));
  }
}

TEST(Fingerprint, TheSameSettingsGiveTheSame) {
  Texts forward, backward;
  for (int i = 0; i < 20; ++i) forward["S" + std::to_string(i)] = std::to_string(i * i);
  for (int i = 19; i >= 0; --i) backward["S" + std::to_string(i)] = std::to_string(i * i);
  EXPECT_EQ(fingerprint(forward, "k"), fingerprint(backward, "k"));
  EXPECT_THAT(differing_settings(node(forward), node(backward)), IsEmpty());
}

TEST(Fingerprint, TheHashOfOneSettingDoesNotHangOnTheOthers) {
  EXPECT_EQ(fingerprint({{"A", "1"}, {"B", "2"}}, "k").at("A"), fingerprint({{"A", "1"}}, "k").at("A"));
}

TEST(Fingerprint, EqualValuesOfTwoSettingsAndShiftedBordersLookDifferent) {
  const Texts hashes = fingerprint({{"A", "same"}, {"B", "same"}}, "k");
  EXPECT_NE(hashes.at("A"), hashes.at("B"));
  EXPECT_NE(fingerprint({{"A", "1"}}, "k").at("A"), fingerprint({{"A", "11"}}, "k").at("A"));
  EXPECT_NE(fingerprint({{"A", ""}}, "k").at("A"), fingerprint({{"A", " "}}, "k").at("A"));
  EXPECT_NE(fingerprint({{"A", "x"}}, "k").at("A"), fingerprint({{"A", std::string("x\0", 2)}}, "k").at("A"));
}

TEST(Fingerprint, ADifferingSettingIsNamed) {
  const NodeRecord a = node({{"APP_KEY", "one"}, {"WS_PATH", "/ws"}, {"ZONE", "0"}});
  const NodeRecord b = node({{"APP_KEY", "one"}, {"WS_PATH", "/socket"}, {"ZONE", "60"}});
  EXPECT_THAT(differing_settings(a, b), ElementsAre("WS_PATH", "ZONE"));
  EXPECT_THAT(differing_settings(b, a), ElementsAre("WS_PATH", "ZONE"));
  EXPECT_THAT(differing_settings(a, a), IsEmpty());
}

TEST(Fingerprint, ASettingThatOnlyOneOfThemTellsIsNamed) {
  const NodeRecord old = node({{"B", "1"}}), fresh = node({{"A", ""}, {"B", "1"}, {"C", "3"}});
  EXPECT_THAT(differing_settings(old, fresh), ElementsAre("A", "C"));
  EXPECT_THAT(differing_settings(fresh, old), ElementsAre("A", "C"));
  EXPECT_THAT(differing_settings(NodeRecord{}, NodeRecord{}), IsEmpty());
}

TEST(Fingerprint, AnotherSecretDiffersInEverySetting) {
  const Texts settings = {{"A", "1"}, {"B", "2"}};
  EXPECT_THAT(differing_settings(node(settings, "one"), node(settings, "two")), ElementsAre("A", "B"));
  EXPECT_THAT(differing_settings(node(settings, ""), node(settings, "two")), ElementsAre("A", "B"));
  // Longer than a block of the hash.
  const std::string longer(100, 'k');
  EXPECT_THAT(differing_settings(node(settings, longer), node(settings, longer + "k")),
              ElementsAre("A", "B"));
}

}  // namespace
}  // namespace flotilla::cluster
