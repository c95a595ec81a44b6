#pragma once

#include "base/env.hpp"

namespace flotilla {

/// Throws SettingError when a variable asks for something that NocoBase does and this version does not, and
/// whose absence would be felt: a server that ignores APP_MODE serves the wrong application. Variables of
/// NocoBase without effect here (SOCKET_PATH, CDN_BASE_URL, DB_HOST next to SQLite …) pass.
void refuse_unsupported(const Environment& environment);

}  // namespace flotilla
