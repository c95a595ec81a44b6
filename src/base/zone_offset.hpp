#pragma once

#include <optional>
#include <string>

namespace flotilla {

/// Minutes east of UTC of `+08:00`, `-0330`, `UTC`, `GMT`, `Z`, or of a name in this machine's time zone
/// database
/// (`Europe/Rome`: the offset of this moment). Nothing for what is none of them. Reading a name changes the
/// process' TZ for an instant: call it while there is one thread.
std::optional<int> zone_offset_minutes(const std::string& zone);

}  // namespace flotilla
