#include "ops/doctor.hpp"

#include <exception>

namespace flotilla::ops {
namespace {

CheckResult guarded(std::string_view name, const Check& check) {
  try {
    return check();
  } catch (const std::exception& error) {
    return {std::string(name), CheckResult::State::failed, error.what()};
  }
}

}  // namespace

std::vector<CheckResult> examine(const Settings& settings, const Clock& clock) {
  std::vector<CheckResult> results;
  results.push_back(guarded("storage", [&] { return check_storage(settings); }));
  results.push_back(guarded("port", [&] { return check_port(settings); }));
  results.push_back(guarded("secret", [&] { return check_secret(settings); }));
  results.push_back(guarded("first user", [&] { return check_root_user(settings); }));
  results.push_back(guarded("clock", [&] { return check_clock(clock); }));
  results.push_back(guarded("open files", [&] { return check_open_files(settings); }));
  return results;
}

}  // namespace flotilla::ops
