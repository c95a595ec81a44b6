#include "app/doctor_database.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "adapters/sqlite/inspect.hpp"
#include "app/main_database.hpp"
#include "data/model/survey.hpp"
#include "ops/doctor.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla::app {

namespace {

using ops::CheckResult;
using State = CheckResult::State;

constexpr std::chrono::milliseconds kPatience{3'000};

/// Plugins of NocoBase whose part on the server is built in here, or that have none.
constexpr std::string_view kServed[] = {
    "acl",
    "action-bulk-edit",
    "action-bulk-update",
    "action-duplicate",
    "action-print",
    "auth",
    "block-comment",
    "block-grid-card",
    "block-iframe",
    "block-list",
    "block-markdown",
    "block-tree",
    "block-workbench",
    "calendar",
    "client",
    "collection-tree",
    "data-source-main",
    "error-handler",
    "field-formula",
    "field-m2m-array",
    "field-markdown-vditor",
    "field-sequence",
    "field-sort",
    "file-previewer-office",
    "flow-engine",
    "gantt",
    "kanban",
    "logger",
    "system-settings",
    "text-copy",
    "users",
};

CheckResult check_file(const Settings& settings) {
  CheckResult looked = ops::check_database_file(settings);
  if (looked.state != State::ok || !looked.detail.empty()) return looked;
  const sqlite::Inspection found = sqlite::inspect(settings.database.storage);
  switch (found.state) {
    case sqlite::Inspection::State::sound:
      return {"database", State::ok, found.detail};
    case sqlite::Inspection::State::unfinished:
      return {"database", State::warning, found.detail};
    case sqlite::Inspection::State::damaged:
      break;
  }
  return {"database", State::failed, found.detail};
}

std::vector<std::string> not_served(const data::Survey& survey) {
  std::vector<std::string> out = survey.problems;
  std::vector<std::string> plugins;
  for (const std::string& plugin : survey.enabled_plugins)
    if (std::ranges::find(kServed, plugin) == std::end(kServed)) plugins.push_back(plugin);
  if (!plugins.empty())
    out.push_back(fmt::format("enabled plugins that have no part here yet: {}", fmt::join(plugins, ", ")));
  return out;
}

CheckResult check_content(const Settings& settings, data::Database& database, EventLoops& loops) {
  const data::NamingRules rules{settings.database.table_prefix, settings.database.underscored};
  const data::Survey found =
      boost::asio::co_spawn(loops.at(0), data::survey(database, rules), boost::asio::use_future).get();
  if (!found.installed) return {"content", State::ok, "no collections yet: the start installs them"};
  const std::string what = fmt::format("{} collections, {} fields", found.collections, found.fields);
  const std::vector<std::string> missing = not_served(found);
  if (missing.empty()) return {"content", State::ok, what};
  return {"content", State::warning, fmt::format("{}; {}", what, fmt::join(missing, "; "))};
}

bool is_file_missing(const Settings& settings) {
  std::error_code ignored;
  return settings.database.is_file() && (!std::filesystem::exists(settings.database.storage, ignored) ||
                                         std::filesystem::file_size(settings.database.storage, ignored) == 0);
}

}  // namespace

std::vector<CheckResult> examine_database(const Settings& settings) {
  std::vector<CheckResult> out;
  EventLoops loops(1);
  loops.run();
  try {
    if (settings.database.is_file()) out.push_back(check_file(settings));
    if (!is_file_missing(settings) && (out.empty() || out.back().state != State::failed)) {
      MainDatabase main = open_main_database(settings, loops.at(0).get_executor());
      boost::asio::co_spawn(loops.at(0), await_database(*main.database, kPatience), boost::asio::use_future)
          .get();
      if (out.empty()) out.push_back({"database", State::ok, settings.database.shown() + " answers"});
      out.push_back(check_content(settings, *main.database, loops));
    }
  } catch (const std::exception& error) {
    out.push_back({out.empty() ? "database" : "content", State::failed, error.what()});
  }
  loops.stop();
  loops.join();
  return out;
}

}  // namespace flotilla::app
