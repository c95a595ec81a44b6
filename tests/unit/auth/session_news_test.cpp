#include "auth/session_news.hpp"

#include <gtest/gtest.h>

#include "base/redact.hpp"
#include "data/model/metadata.hpp"

namespace flotilla::auth {
namespace {

using Kind = data::RowChange::Kind;

class News : public testing::Test {
 protected:
  void change(const char* collection, Json key, JsonObject values = {}) {
    changes_.add(Kind::updated, schema_->collection(collection), std::move(key), std::move(values));
  }
  SessionNews news() const { return SessionNews::of(changes_); }

  std::shared_ptr<const data::Schema> schema_ = data::build_schema({}, {}, 0);
  data::ChangeLog changes_;
};

TEST_F(News, RecordsOfOthersSayNothing) {
  change("desktopRoutes", 1);
  EXPECT_TRUE(news().empty());
}

TEST_F(News, AUserIsNamedOnce) {
  change("users", 7);
  change("users", "7");
  change("users", 9);
  EXPECT_EQ(news().users, (std::vector<std::int64_t>{7, 9}));
  EXPECT_FALSE(news().everybody);
}

TEST_F(News, ALinkBetweenUserAndRoleIsAboutItsUser) {
  change("rolesUsers", JsonObject{{"userId", 3}, {"roleName", "member"}});
  change("rolesUsers", nullptr, JsonObject{{"userId", 4}});
  EXPECT_EQ(news().users, (std::vector<std::int64_t>{3, 4}));
}

TEST_F(News, RowsThatAConditionChoseAreAboutEverybody) {
  change("rolesUsers", nullptr);
  EXPECT_TRUE(news().everybody);
}

TEST_F(News, RolesAreAboutEverybodyAndSettingsAboutSettings) {
  change("roles", "admin");
  EXPECT_TRUE(news().everybody);
  EXPECT_FALSE(news().settings);
  change("tokenControlConfig", "token-policy-config");
  EXPECT_TRUE(news().settings);
  changes_.clear();
  change("systemSettings", 1);
  EXPECT_TRUE(news().settings);
}

TEST_F(News, ManyUsersAreEverybody) {
  for (int id = 1; id <= 101; ++id) change("users", id);
  EXPECT_TRUE(news().everybody);
  EXPECT_FALSE(news().message().as_object().contains("users"));
}

TEST_F(News, UsersBeyondWhatIsNotedAreEverybody) {
  for (std::size_t i = 0; i <= data::ChangeLog::kRowsMax; ++i) change("desktopRoutes", i);
  EXPECT_FALSE(news().everybody);
  change("users", 1);
  EXPECT_TRUE(news().everybody);
  EXPECT_TRUE(changes_.touches("users"));
}

TEST_F(News, AMessageIsReadAsItWasWritten) {
  SessionNews sent;
  sent.users = {1, 2};
  sent.revoked = {"a01d5d11-cc78-41bd-b671-04c456409888"};
  sent.settings = true;
  const SessionNews got = SessionNews::parse(json::parse(json::dump(sent.message())));
  EXPECT_EQ(got.users, sent.users);
  EXPECT_EQ(got.revoked, sent.revoked);
  EXPECT_TRUE(got.settings);
  EXPECT_FALSE(got.everybody);
}

TEST_F(News, AMessageThatSaysNothingKnownIsTakenForEverything) {
  for (const char* text : {"{}", "7", "null", R"({"later":true})", R"({"users":["x"]})"}) {
    const SessionNews got = SessionNews::parse(json::parse(text));
    EXPECT_TRUE(got.everybody) << text;
  }
}

TEST_F(News, SecretsAreNotNoted) {
  change("users", 1, JsonObject{{"password", "0123"}, {"resetToken", "abc"}, {"nickname", "Mia"}});
  const JsonObject& values = changes_.rows().front().values;
  EXPECT_EQ(values.at("password"), Json(kRedacted));
  EXPECT_EQ(values.at("resetToken"), Json(kRedacted));
  EXPECT_EQ(values.at("nickname"), Json("Mia"));
}

}  // namespace
}  // namespace flotilla::auth
