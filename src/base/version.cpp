// Alone in its file, so that a test can link the same program as another version.
#include "base/version.hpp"

namespace flotilla {

const char* version() { return FLOTILLA_VERSION; }

}  // namespace flotilla
