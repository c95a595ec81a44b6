#include "base/worker_mode.hpp"

#include <algorithm>

#include "base/env.hpp"
#include "base/strings.hpp"

namespace flotilla {

const std::vector<std::string>& WorkerMode::known_services() {
  static const std::vector<std::string> services = {"workflow:process", "async-task:process"};
  return services;
}

namespace {

bool known(std::string_view service) {
  const auto& services = WorkerMode::known_services();
  return std::ranges::find(services, service) != services.end();
}

}  // namespace

WorkerMode WorkerMode::parse(std::string_view value) {
  WorkerMode mode;
  mode.text_ = trim(value);
  if (mode.text_.empty()) return mode;
  mode.requests_ = false;
  mode.every_service_ = mode.text_ == "*";
  if (mode.every_service_ || mode.text_ == "-") return mode;
  for (const std::string& item : split(mode.text_, ',')) {
    if (item == "!") {
      mode.requests_ = true;
      continue;
    }
    if (!known(item)) {
      std::string takes = "!, *, -, or a list of !";
      for (const std::string& service : known_services()) takes += ", " + service;
      throw SettingError("WORKER_MODE", item, takes);
    }
    mode.services_.push_back(item);
  }
  return mode;
}

bool WorkerMode::serves(std::string_view service) const {
  return every_service_ || std::ranges::find(services_, service) != services_.end();
}

}  // namespace flotilla
