#include "data/migration/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::data {
namespace {

std::vector<int> numbers_of(std::string_view version) {
  std::vector<int> out;
  for (const std::string& part : split(version.substr(0, version.find('-')), '.')) {
    int number = 0;
    std::from_chars(part.data(), part.data() + part.size(), number);
    out.push_back(number);
  }
  return out;
}

[[noreturn]] void refuse_newer(const AppliedMigration& applied, std::string_view own_version) {
  throw Error(
      409,
      fmt::format(
          "the database was brought to version {} by migration {} \"{}\", and flotilla {} is too old for "
          "it: install flotilla {} or newer and run \"flotilla start\" (\"flotilla migrate --dry-run\" "
          "lists what was done)",
          applied.version, applied.number, applied.name, own_version, applied.needs),
      "DATABASE_TOO_NEW");
}

[[noreturn]] void refuse_changed(const AppliedMigration& applied, const Migration& known) {
  throw Error(
      409,
      fmt::format("migration {} \"{}\" is not the one that this database has seen (\"{}\" of version {}, "
                  "checksum {:.12}, here {:.12}): a migration never changes once it was run; use the "
                  "program that ran it, or bring its change as a migration of its own",
                  known.number, known.name, applied.name, applied.version, applied.checksum, checksum(known)),
      "MIGRATION_CHANGED");
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
  std::vector<int> left = numbers_of(a), right = numbers_of(b);
  const std::size_t size = std::max(left.size(), right.size());
  left.resize(size);
  right.resize(size);
  if (left == right) return 0;
  return left < right ? -1 : 1;
}

MigrationPlan plan_migrations(const std::vector<Migration>& known,
                              const std::vector<AppliedMigration>& applied, std::string_view own_version) {
  MigrationPlan plan;
  for (const AppliedMigration& done : applied) {
    auto same = std::ranges::find(known, done.number, &Migration::number);
    if (same == known.end()) {
      if (compare_versions(done.needs, own_version) > 0) refuse_newer(done, own_version);
      plan.newer.push_back(done);
    } else if (checksum(*same) != done.checksum || same->name != done.name) {
      refuse_changed(done, *same);
    }
  }
  for (const Migration& migration : known)
    if (std::ranges::find(applied, migration.number, &AppliedMigration::number) == applied.end())
      plan.pending.push_back(&migration);
  return plan;
}

}  // namespace flotilla::data
