// Speed of the cluster layer beside what its servers give without it: see ../README.md.
//   bench_cluster [case ...]     all when none is named
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "cases.hpp"

int main(int argc, char** argv) {
  using namespace flotilla::bench;
  struct Case {
    std::string name;
    void (*run)(Report&);
  };
  const std::vector<Case> cases = {
      {"cache", cache_cases},
      {"queue-redis", redis_queue_cases},
      {"queue-sqlite", sqlite_queue_cases},
      {"queue-postgres", postgres_queue_cases},
      {"queue-rabbitmq", rabbitmq_queue_cases},
      {"lock", lock_cases},
      {"signals", signal_cases},
  };
  const std::vector<std::string> asked(argv + 1, argv + argc);
  for (const std::string& name : asked) {
    if (std::ranges::any_of(cases, [&](const Case& known) { return known.name == name; })) continue;
    fmt::print(stderr, "bench_cluster: no such case: {} (takes", name);
    for (const Case& known : cases) fmt::print(stderr, " {}", known.name);
    fmt::print(stderr, ")\n");
    return 2;
  }
  Report report;
  int failed = 0;
  for (const Case& one : cases) {
    if (!asked.empty() && std::ranges::find(asked, one.name) == asked.end()) continue;
    try {
      one.run(report);
    } catch (const std::exception& error) {
      fmt::print(stderr, "bench_cluster: {}: {}\n", one.name, error.what());
      ++failed;
    }
  }
  fmt::print("\n");
  report.print();
  return failed == 0 ? 0 : 1;
}
