// The program of the release after this one: nothing else of it differs.
#include "base/version.hpp"

namespace flotilla {

const char* version() { return "0.1.1"; }

}  // namespace flotilla
