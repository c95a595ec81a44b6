#pragma once

namespace flotilla::app {

/// Prints the version, the compiler and the libraries the binary was built with. Answers 0.
int run_version();

}  // namespace flotilla::app
