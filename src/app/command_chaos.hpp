#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/env.hpp"

namespace flotilla::app {

struct ChaosLine {
  std::filesystem::path plan;
  std::string break_name;  ///< --yes-break: the fleet's name, instead of typing it
  std::optional<std::uint64_t> seed;
  std::filesystem::path history;
  bool json = false;
};

/// `flotilla chaos`: breaks the fleet that the plan names, on purpose, and says which promises it kept.
/// Answers the exit code; throws Error and SettingError.
int run_chaos(const Environment& environment, const ChaosLine& line);

}  // namespace flotilla::app
