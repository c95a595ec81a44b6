#include "app/command_chaos.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "app/exit_codes.hpp"
#include "ops/chaos/run.hpp"

namespace flotilla::app {
namespace {

namespace chaos = ops::chaos;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw bad_request(path.string() + ": cannot be read");
  return text.str();
}

chaos::Plan read_plan(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  try {
    return chaos::parse_plan(text);
  } catch (const Error& error) {
    throw bad_request(path.string() + ": " + error.what());
  }
}

std::string required(const Environment& environment, const std::string& variable) {
  if (const std::string* value = environment.find(variable)) return *value;
  throw SettingError(variable, "is not set: the plan signs in with it");
}

/// What is about to happen, and to whom.
std::string intention(const chaos::Plan& plan, std::uint64_t seed) {
  std::string out = fmt::format(
      "flotilla chaos breaks the fleet \"{}\" at {} on purpose, for at least {} s (seed {}).\n\nNodes:\n",
      plan.name, plan.balancer.text(), plan.duration.count(), seed);
  for (const chaos::PlannedNode& node : plan.nodes)
    out += fmt::format("  {}  {}\n", node.name, node.target.text());
  out += fmt::format(
      "\nLoad: {} clients, {} requests a second, on collections and a drill of its own, which it removes.\n"
      "\nFaults, by these commands of the shell on this machine:\n",
      plan.clients, plan.requests_per_second);
  for (const chaos::Fault& fault : plan.faults) {
    out += fmt::format("  {} (may fail: {})\n    do    {}\n", fault.name, chaos::name_of(fault.allows),
                       fault.make);
    if (!fault.mend.empty())
      out += fmt::format("    undo  {}  after {} ms\n", fault.mend, fault.hold.count());
  }
  return out;
}

bool confirmed(const chaos::Plan& plan, const ChaosLine& line) {
  if (!line.break_name.empty()) {
    if (line.break_name == plan.name) return true;
    std::cerr << fmt::format("flotilla: --yes-break {}: the plan is about \"{}\"\n", line.break_name,
                             plan.name);
    return false;
  }
  if (::isatty(STDIN_FILENO) == 0) {
    std::cerr << fmt::format("flotilla: nobody is there to confirm: --yes-break {} does\n", plan.name);
    return false;
  }
  std::cerr << "\nType the name of the fleet to break it: " << std::flush;
  std::string typed;
  std::getline(std::cin, typed);
  if (typed == plan.name) return true;
  std::cerr << "flotilla: that is not its name; nothing was done\n";
  return false;
}

int refuse(const chaos::Plan& plan, const std::string& why) {
  std::cerr << fmt::format("flotilla: the fleet \"{}\" is not touched: {}\n", plan.name, why);
  return kExitUsage;
}

}  // namespace

int run_chaos(const Environment& environment, const ChaosLine& line) {
  chaos::Plan plan;
  try {
    plan = read_plan(line.plan);
  } catch (const Error& error) {
    std::cerr << "flotilla: " << error.what() << '\n';
    return kExitUsage;
  }
  if (const std::string why = chaos::looks_like_production(plan); !why.empty())
    return refuse(plan, "it looks like one that people work with: " + why);
  chaos::RunOptions options;
  options.account = required(environment, plan.credentials.account);
  options.password = required(environment, plan.credentials.password);
  options.seed = line.seed ? *line.seed : std::random_device{}();
  options.history = line.history;
  options.tell = [](const std::string& text) { std::cerr << text << std::endl; };
  if (const std::string why = chaos::why_not(plan, options); !why.empty()) return refuse(plan, why);
  std::cerr << intention(plan, options.seed);
  if (!confirmed(plan, line)) return kExitUsage;
  const chaos::Report report = chaos::run(plan, options);
  std::cout << (line.json ? chaos::as_json(report) : chaos::as_table(report));
  return report.kept() ? kExitOk : kExitFailed;
}

}  // namespace flotilla::app
