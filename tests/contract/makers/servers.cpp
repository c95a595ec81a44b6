#include "contract/makers/servers.hpp"

#include <cstdlib>
#include <stdexcept>

#include "base/random.hpp"
#include "base/strings.hpp"

namespace flotilla::contract {

std::string server(std::string_view name) {
  std::string variable = "FLOTILLA_TEST_";
  for (char c : name) variable += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  variable += "_URL";
  const char* url = std::getenv(variable.c_str());
  if (!url || !*url)
    throw std::runtime_error(variable + " is not set: run this through tests/contract/run.mjs");
  return url;
}

std::string fresh_app() { return "t" + random_uid(Random::system()); }

}  // namespace flotilla::contract
