#include "base/process_facts.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace flotilla {
namespace {

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::uint64_t count_fds() {
  DIR* const folder = ::opendir("/proc/self/fd");
  if (!folder) return 0;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(folder)) count += entry->d_name[0] != '.';
  ::closedir(folder);
  return count - 1;  // the one that was opened to look
}

double boot_time() {
  std::istringstream lines(text_of("/proc/stat"));
  for (std::string word; lines >> word;) {
    double seconds = 0;
    if (word == "btime" && lines >> seconds) return seconds;
  }
  return 0;
}

}  // namespace

/// See proc(5): the name of the program, in brackets, may contain anything; fields are counted from after it.
ProcessFacts ProcessFacts::read() {
  ProcessFacts facts;
  const std::string stat = text_of("/proc/self/stat");
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::string word;
  for (int field = 3; fields >> word; ++field) {
    if (field == 14 || field == 15) facts.cpu_seconds += std::stod(word) / ticks;
    if (field == 20) facts.threads = std::stoull(word);
    if (field == 22) facts.start_time_seconds = boot_time() + std::stod(word) / ticks;
    if (field == 23) facts.virtual_bytes = std::stoull(word);
    if (field == 24) facts.resident_bytes = std::stoull(word) * page;
  }
  facts.open_fds = count_fds();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.max_fds = limit.rlim_cur;
  return facts;
}

}  // namespace flotilla
