#pragma once

namespace flotilla {

/// Of this program: 0.1.0.
const char* version();

}  // namespace flotilla
