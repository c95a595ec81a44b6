#include "app/command_version.hpp"

#include <fmt/format.h>

#include <boost/version.hpp>
#include <iostream>

#include "app/exit_codes.hpp"
#include "base/version.hpp"

namespace flotilla::app {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

}  // namespace

int run_version() {
  std::cout << fmt::format("flotilla {}\nbuilt with {}, Boost {}.{}.{}, fmt {}.{}.{}\n", version(), kCompiler,
                           BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100,
                           FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  return kExitOk;
}

}  // namespace flotilla::app
