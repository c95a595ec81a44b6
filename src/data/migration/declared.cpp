#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/migration/migration.hpp"
#include "data/migration/steps.hpp"

namespace flotilla::data {

std::string_view asset(std::string_view name);  // generated from assets/
std::span<const std::string_view> asset_names();

namespace {

constexpr std::string_view kFolder = "migrations/";
constexpr std::size_t kNumberDigits = 4;
constexpr std::string_view kSuffix = ".json";

[[noreturn]] void refuse(std::string_view file, std::string_view why) {
  throw Error(500, fmt::format("migration file {}: {}", file, why));
}

using Step = std::function<Task<void>(Session&, const WriteScope&)>;

std::vector<std::string> names_in(const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list.as_array()) out.emplace_back(item.as_string());
  return out;
}

/// `{"users": ["a", "b"]}`.
std::vector<std::pair<std::string, std::vector<std::string>>> named_lists(const Json& object) {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (const auto& [name, list] : object.as_object()) out.emplace_back(name, names_in(list));
  return out;
}

Step first_rows(const JsonObject& description) {
  std::string file(json::text(description, "file")), unless(json::text(description, "unless"));
  if (asset(file).empty()) throw Error(500, fmt::format("there is no file {} of first rows", file));
  return [file, unless](Session& session, const WriteScope& scope) -> Task<void> {
    const Json rows = json::parse(asset(file));
    co_await add_first_rows(session, scope, rows.as_object(), unless);
  };
}

Step step_of(std::string_view file, std::string_view kind, const Json& value, bool contract) {
  if (kind == "collections")
    return [names = names_in(value)](Session& session, const WriteScope& scope) -> Task<void> {
      for (const std::string& name : names) co_await add_collection(session, scope.schema, name);
    };
  if (kind == "fields")
    return [lists = named_lists(value)](Session& session, const WriteScope& scope) -> Task<void> {
      for (const auto& [name, fields] : lists) co_await add_fields(session, scope.schema, name, fields);
    };
  if (kind == "rows")
    return [rows = value.as_object()](Session& session, const WriteScope& scope) -> Task<void> {
      co_await add_rows(session, scope, rows);
    };
  if (kind == "first_rows") return first_rows(value.as_object());
  if (kind != "drop_columns" && kind != "drop_tables") refuse(file, fmt::format("{} is no step", kind));
  if (!contract) refuse(file, fmt::format("{} takes \"phase\": \"contract\"", kind));
  if (kind == "drop_columns")
    return [lists = named_lists(value)](Session& session, const WriteScope& scope) -> Task<void> {
      for (const auto& [table, columns] : lists)
        co_await drop_columns(session, scope.schema.rules(), table, columns);
    };
  return [tables = names_in(value)](Session& session, const WriteScope& scope) -> Task<void> {
    for (const std::string& table : tables) co_await drop_table(session, scope.schema.rules(), table);
  };
}

void read_name(Migration& out, std::string_view file) {
  const std::string_view number = file.substr(0, kNumberDigits);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.number);
  const bool shaped = file.size() > kNumberDigits + 1 + kSuffix.size() && file[kNumberDigits] == '_' &&
                      file.ends_with(kSuffix) && error == std::errc{} && end == number.data() + kNumberDigits;
  if (!shaped || out.number < 1) refuse(file, "its name is not NNNN_name.json");
  out.name = file.substr(kNumberDigits + 1, file.size() - kNumberDigits - 1 - kSuffix.size());
}

}  // namespace

std::string checksum(const Migration& migration) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(migration.content.data()), migration.content.size(),
         digest.data());
  return hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

Migration declared_migration(std::string_view file, std::string_view text) {
  Migration out;
  read_name(out, file);
  out.content = text;
  const JsonObject description = json::parse(text).as_object();
  out.version = json::text(description, "version");
  if (out.version.empty()) refuse(file, "it has no version");
  const std::string_view needs = json::text(description, "needs"), phase = json::text(description, "phase");
  out.needs = needs.empty() ? out.version : std::string(needs);
  if (!phase.empty() && phase != "expand" && phase != "contract")
    refuse(file, "its phase is expand or contract");
  out.phase = phase == "contract" ? Phase::contract : Phase::expand;
  if (out.phase == Phase::contract && out.needs != out.version)
    refuse(file, "what takes something away needs the release that brings it: leave needs out");
  std::vector<Step> steps;
  for (const auto& [kind, value] : description) {
    if (kind == "version" || kind == "needs" || kind == "phase") continue;
    steps.push_back(step_of(file, kind, value, out.phase == Phase::contract));
    out.needs_ids = out.needs_ids || kind == "rows" || kind == "first_rows";
  }
  if (steps.empty()) refuse(file, "it has no step");
  out.run = [steps = std::move(steps)](Session& session, const WriteScope& scope) -> Task<void> {
    for (const Step& step : steps) co_await step(session, scope);
  };
  return out;
}

std::vector<Migration> declared_migrations() {
  std::vector<Migration> out;
  for (std::string_view name : asset_names())
    if (name.starts_with(kFolder))
      out.push_back(declared_migration(name.substr(kFolder.size()), asset(name)));
  std::ranges::sort(out, {}, &Migration::number);
  return out;
}

}  // namespace flotilla::data
