#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

namespace flotilla::log {

/// One line of the log, with its newline. Control characters and bytes that are no UTF-8 never get out as
/// they are, so that a caller's text cannot forge a line or drive a terminal.
///   json     {"time":"2026-01-31T12:00:00.000Z","level":"info","message":"…",<fields>}
///   logfmt   time=… level=info message="…" name=value
///   console  12:00:00.000 info  message  name=value
std::string format_line(LogFormat format, UnixMs time, LogLevel level, std::string_view message,
                        std::span<const Field> fields);

std::string_view level_name(LogLevel level);

}  // namespace flotilla::log
