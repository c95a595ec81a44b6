#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <vector>

#include "app/command_ask_supervisor.hpp"
#include "app/command_doctor.hpp"
#include "app/command_install.hpp"
#include "app/command_migrate.hpp"
#include "app/command_start.hpp"
#include "app/command_version.hpp"
#include "app/exit_codes.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"

namespace flotilla::app {
namespace {

constexpr const char* kFooter =
    "Settings come from the environment and from the file .env of the working folder:\n"
    "see docs/reference/environment.md. Exit codes: 0 done, 1 failed, 2 wrong arguments or settings.";

using Command = CommandLine::Command;

/// The log for as long as a command runs; what is queued gets written however it ends.
struct OpenLog {
  explicit OpenLog(const LogSettings& settings) { log::configure(settings); }
  ~OpenLog() { log::shutdown(); }
  OpenLog(const OpenLog&) = delete;
  OpenLog& operator=(const OpenLog&) = delete;
};

int run_command(const CommandLine& line) {
  if (line.command == Command::version) return run_version();
  Environment environment = Environment::of_process(line.env_file);
  if (line.command == Command::doctor) return run_doctor(environment, line.json);
  if (line.command == Command::chaos) return run_chaos(environment, line.chaos);
  Settings settings = load_settings(environment);
  if (line.command == Command::reload || line.command == Command::upgrade_binary ||
      line.command == Command::status)
    return run_ask_supervisor(settings, line.command);
  if (line.command == Command::start) settings.log.slot = log_slot(settings, line);
  OpenLog log(settings.log);
  if (line.command == Command::migrate) return run_migrate(settings, line.dry_run);
  return line.command == Command::start ? run_start(settings, line) : run_install(settings);
}

}  // namespace

std::optional<CommandLine> parse_command_line(std::span<const std::string> arguments, std::ostream& output,
                                              std::ostream& errors, int* exit_code) {
  CommandLine out;
  CLI::App app{"Flotilla: a no-code application server", "flotilla"};
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();  // --env-file may stand after the command as well
  std::string env_file;
  app.add_option("--env-file", env_file, "read settings from this file instead of .env")->type_name("FILE");
  bool version_flag = false;
  app.add_flag("--version", version_flag, "same as the command version");

  auto command = [&](const char* name, const char* text, Command which) {
    CLI::App* sub = app.add_subcommand(name, text);
    sub->callback([&out, which] { out.command = which; });
    return sub;
  };
  CLI::App* start = command("start", "serve; an empty database is installed first", Command::start);
  CommandLine::Supervised& by = out.supervised;
  start->add_option("--node", by.node)->group("");
  start->add_option("--listeners", by.listeners)->delimiter(',')->group("");
  start->add_option("--control", by.control)->group("");
  start->add_option("--resume", by.resume)->group("");
  command("install", "install or migrate the database, then end", Command::install);
  command("migrate", "print the migrations of the database, and run what is left to do", Command::migrate)
      ->add_flag("--dry-run", out.dry_run, "print only");
  command("doctor", "look at settings, storage, port, database and machine; changes nothing", Command::doctor)
      ->add_flag("--json", out.json, "answer as JSON");
  CLI::App* chaos =
      command("chaos", "break a fleet of your own on purpose; see docs/how-to/chaos.md", Command::chaos);
  chaos->add_option("PLAN", out.chaos.plan, "what to break, and how: a JSON file");
  chaos->add_option("--yes-break", out.chaos.break_name, "the fleet's name, instead of typing it")
      ->type_name("NAME");
  chaos->add_option("--seed", out.chaos.seed, "of load and order of faults")->type_name("N");
  chaos->add_option("--history", out.chaos.history, "write all that was seen to this file")
      ->type_name("FILE");
  chaos->add_flag("--json", out.chaos.json, "answer as JSON");
  command("reload", "replace the nodes of a running supervisor one by one", Command::reload);
  command("upgrade-binary", "the same, with the program that is at the supervisor's path now",
          Command::upgrade_binary);
  command("status", "say what a running supervisor and its nodes do", Command::status);
  command("version", "say version and compiler", Command::version);

  // CLI11 wants the arguments backwards.
  std::vector<std::string> backwards(arguments.rbegin(), arguments.rend());
  if (arguments.size() == 1 && arguments.front() == "--version") {
    out.command = Command::version;
    return out;
  }
  try {
    app.parse(std::move(backwards));
  } catch (const CLI::Success&) {
    output << app.help();
    *exit_code = kExitOk;
    return std::nullopt;
  } catch (const CLI::RequiredError&) {
    // CLI11 says the same whether there was a word or none.
    auto word =
        std::ranges::find_if(arguments, [](const std::string& text) { return !text.starts_with('-'); });
    bool none = word == arguments.end() || (word != arguments.begin() && *std::prev(word) == "--env-file");
    errors << "flotilla: " << (none ? "needs a command" : "no such command: " + *word)
           << "; takes start, install, migrate, doctor, chaos, reload, upgrade-binary, status, version\n";
    *exit_code = kExitUsage;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    errors << "flotilla: " << error.what() << " (flotilla --help)\n";
    *exit_code = kExitUsage;
    return std::nullopt;
  }
  if (out.command == Command::chaos && out.chaos.plan.empty()) {
    errors << "flotilla: chaos needs a plan: flotilla chaos PLAN\n";
    *exit_code = kExitUsage;
    return std::nullopt;
  }
  if (!env_file.empty()) out.env_file = env_file;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--resume")
      ++i;
    else
      out.words.push_back(arguments[i]);
  }
  return out;
}

int run(int argc, char** argv) {
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  int exit_code = kExitOk;
  std::optional<CommandLine> line = parse_command_line(arguments, std::cout, std::cerr, &exit_code);
  if (!line) return exit_code;
  try {
    return run_command(*line);
  } catch (const SettingError& error) {
    std::cerr << "flotilla: " << error.what() << '\n';
    return kExitUsage;
  } catch (const std::exception& error) {
    std::cerr << "flotilla: " << error.what() << '\n';
    return kExitFailed;
  }
}

}  // namespace flotilla::app
