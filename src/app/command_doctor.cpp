#include "app/command_doctor.hpp"

#include <iostream>

#include "app/doctor_cluster.hpp"
#include "app/doctor_database.hpp"
#include "app/exit_codes.hpp"
#include "ops/doctor.hpp"

namespace flotilla::app {
namespace {

using ops::CheckResult;

std::vector<CheckResult> examine(const Environment& environment) {
  std::vector<CheckResult> results;
  try {
    Settings settings = load_settings(environment);
    results.push_back({"settings", CheckResult::State::ok, "APP_ENV=" + settings.env});
    for (CheckResult& result : ops::examine(settings)) results.push_back(std::move(result));
    for (CheckResult& result : examine_database(settings)) results.push_back(std::move(result));
    for (CheckResult& result : examine_cluster(settings)) results.push_back(std::move(result));
  } catch (const SettingError& error) {
    results.push_back({"settings", CheckResult::State::failed, error.what()});
  }
  return results;
}

}  // namespace

int run_doctor(const Environment& environment, bool json) {
  std::vector<CheckResult> results = examine(environment);
  std::cout << (json ? ops::as_json(results) : ops::as_table(results));
  return ops::healthy(results) ? kExitOk : kExitFailed;
}

}  // namespace flotilla::app
