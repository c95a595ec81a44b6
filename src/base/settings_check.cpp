#include "base/settings_check.hpp"

#include <array>
#include <string>
#include <string_view>

namespace flotilla {
namespace {

/// A variable that this version only takes at `harmless` (which may be empty: not at all).
struct Unsupported {
  std::string_view name;
  std::string_view harmless;
  std::string_view instead;
};

constexpr std::array kUnsupported = {
    Unsupported{"APP_MODE", "", "there is one application, main"},
    Unsupported{"STARTUP_SUBAPP", "", "there is one application, main"},
    Unsupported{"APP_DISCOVERY_ADAPTER", "main-only", "there is one application, main"},
    Unsupported{"APP_PROCESS_ADAPTER", "main-only", "there is one application, main"},
    Unsupported{"APP_COMMAND_ADAPTER", "", "there is one application, main"},
};

}  // namespace

void refuse_unsupported(const Environment& environment) {
  for (const Unsupported& row : kUnsupported) {
    const std::string* value = environment.find(row.name);
    if (!value || *value == row.harmless) continue;
    std::string why = "is not supported by this version (" + std::string(row.instead) + "); leave it out";
    if (!row.harmless.empty()) why += " or set it to " + std::string(row.harmless);
    throw SettingError(row.name, why);
  }
  if (environment.boolean("TELEMETRY_ENABLED", false))
    throw SettingError("TELEMETRY_ENABLED",
                       "is not supported by this version; leave it out or set it to off");
}

}  // namespace flotilla
