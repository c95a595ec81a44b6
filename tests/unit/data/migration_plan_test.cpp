#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"
#include "data/migration/plan.hpp"
#include "data/model/metadata.hpp"
#include "data/schema/schema.hpp"

namespace flotilla::data {
namespace {

Migration migration(int number, std::string name) {
  Migration out;
  out.number = number;
  out.content = name + " content";
  out.name = std::move(name);
  out.version = out.needs = "1.1.0";
  return out;
}

AppliedMigration applied(const Migration& migration) {
  return {migration.number, migration.name, checksum(migration), migration.version, migration.needs, 0};
}

std::vector<int> numbers(const MigrationPlan& plan) {
  std::vector<int> out;
  for (const Migration* pending : plan.pending) out.push_back(pending->number);
  return out;
}

std::string refusal(const std::vector<Migration>& known, const std::vector<AppliedMigration>& done,
                    std::string_view version = "1.1.0") {
  try {
    plan_migrations(known, done, version);
  } catch (const Error& error) {
    return error.items().front().code + ": " + error.what();
  }
  return "not refused";
}

TEST(MigrationPlan, WhatIsNotDoneIsPendingAlsoWhenALaterOneIsDone) {
  const std::vector<Migration> known{migration(1, "a"), migration(2, "b"), migration(3, "c")};
  EXPECT_EQ(numbers(plan_migrations(known, {}, "1.1.0")), (std::vector{1, 2, 3}));
  EXPECT_EQ(numbers(plan_migrations(known, {applied(known[0]), applied(known[2])}, "1.1.0")), std::vector{2});
}

TEST(MigrationPlan, AChangedMigrationIsNamed) {
  const std::vector<Migration> known{migration(1, "a"), migration(2, "b")};
  AppliedMigration other = applied(known[1]);
  other.checksum = "0123456789abcdef";
  EXPECT_THAT(refusal(known, {applied(known[0]), other}),
              ::testing::AllOf(::testing::StartsWith("MIGRATION_CHANGED: migration 2 \"b\""),
                               ::testing::HasSubstr("0123456789ab")));
  other = applied(known[1]);
  other.name = "renamed";
  EXPECT_THAT(refusal(known, {other}), ::testing::HasSubstr("\"renamed\""));
}

TEST(MigrationPlan, ADatabaseThatIsTooNewIsRefusedWithVersionAndCommand) {
  const std::vector<Migration> known{migration(1, "a")};
  const AppliedMigration newer{7, "drop_old", "x", "1.3.0", "1.3.0", 0};
  EXPECT_THAT(
      refusal(known, {applied(known[0]), newer}),
      ::testing::AllOf(::testing::StartsWith("DATABASE_TOO_NEW: the database was brought to version 1.3.0 by "
                                             "migration 7 \"drop_old\""),
                       ::testing::HasSubstr("flotilla 1.1.0 is too old"),
                       ::testing::HasSubstr("run \"flotilla start\"")));
}

TEST(MigrationPlan, ANewerReleaseThatOnlyAddedIsWorkedBeside) {
  const std::vector<Migration> known{migration(1, "a")};
  const AppliedMigration newer{7, "add_more", "x", "1.2.0", "1.1.0", 0};
  const MigrationPlan plan = plan_migrations(known, {applied(known[0]), newer}, "1.1.0");
  EXPECT_TRUE(plan.pending.empty());
  ASSERT_EQ(plan.newer.size(), 1u);
  EXPECT_EQ(plan.newer[0].name, "add_more");
  EXPECT_THAT(refusal(known, {newer}, "1.0.9"), ::testing::StartsWith("DATABASE_TOO_NEW"));
}

TEST(MigrationPlan, VersionsAreComparedByTheirNumbers) {
  EXPECT_EQ(compare_versions("1.10.0", "1.9.9"), 1);
  EXPECT_EQ(compare_versions("1.2", "1.2.0"), 0);
  EXPECT_EQ(compare_versions("0.9.0-beta", "1.0.0"), -1);
}

TEST(DeclaredMigration, AFileIsReadWithItsName) {
  const Migration read = declared_migration(
      "0042_add_phone.json", R"({"version": "1.2.0", "needs": "1.1.0", "fields": {"users": ["phone"]}})");
  EXPECT_EQ(read.number, 42);
  EXPECT_EQ(read.name, "add_phone");
  EXPECT_EQ(read.needs, "1.1.0");
  EXPECT_EQ(read.phase, Phase::expand);
  EXPECT_FALSE(read.needs_ids);
  EXPECT_EQ(checksum(read).size(), 64u);
}

TEST(DeclaredMigration, AFileThatIsNoneIsRefusedByName) {
  auto why = [](std::string_view file, std::string_view text) -> std::string {
    try {
      declared_migration(file, text);
    } catch (const Error& error) {
      return error.what();
    }
    return "not refused";
  };
  EXPECT_EQ(why("42_x.json", R"({"version": "1", "collections": []})"),
            "migration file 42_x.json: its name is not NNNN_name.json");
  EXPECT_EQ(why("0042_x.json", R"({"collections": []})"), "migration file 0042_x.json: it has no version");
  EXPECT_EQ(why("0042_x.json", R"({"version": "1"})"), "migration file 0042_x.json: it has no step");
  EXPECT_EQ(why("0042_x.json", R"({"version": "1", "colections": []})"),
            "migration file 0042_x.json: colections is no step");
  EXPECT_EQ(why("0042_x.json", R"({"version": "1", "drop_tables": ["x"]})"),
            R"(migration file 0042_x.json: drop_tables takes "phase": "contract")");
  EXPECT_EQ(
      why("0042_x.json", R"({"version": "2", "needs": "1", "phase": "contract", "drop_tables": ["x"]})"),
      "migration file 0042_x.json: what takes something away needs the release that brings it: leave needs "
      "out");
}

/// A collection that no migration names would be missing from databases that are there already.
TEST(DeclaredMigration, EveryBuiltInCollectionIsBroughtByOne) {
  std::set<std::string> brought{"flotillaMigrations"};  // by the migrator itself
  for (const Migration& declared : declared_migrations()) {
    const JsonObject description = json::parse(declared.content).as_object();
    if (const Json* names = json::find(description, "collections"))
      for (const Json& name : names->as_array()) brought.insert(std::string(name.as_string()));
  }
  for (const JsonObject& definition : system_definitions())
    EXPECT_TRUE(brought.contains(std::string(json::text(definition, "name"))))
        << json::text(definition, "name")
        << " is in no migration: add src/data/assets/migrations/NNNN_name.json "
        << R"(with {"version": "…", "collections": ["…"]})";
}

}  // namespace
}  // namespace flotilla::data
