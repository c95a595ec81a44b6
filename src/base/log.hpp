#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/log_settings.hpp"

namespace flotilla::log {

/// One named value of a line. Refers to the text it is made from: for use in the call only. A value whose
/// name says that it is secret is written as `(hidden)`, and passwords and tokens inside URLs too: see
/// base/redact.hpp.
struct Field {
  Field(std::string_view name, std::string_view text) : name(name), value(text) {}
  Field(std::string_view name, const std::string& text) : name(name), value(std::string_view(text)) {}
  Field(std::string_view name, const char* text) : name(name), value(std::string_view(text)) {}
  Field(std::string_view name, bool flag) : name(name), value(flag) {}
  Field(std::string_view name, double number) : name(name), value(number) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view name, T number) : name(name), value(static_cast<std::int64_t>(number)) {}

  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

using Fields = std::initializer_list<Field>;

/// Opens the outputs and starts the writer. Before it, lines of level warn and above go to standard error.
/// Throws Error 500 naming the file that cannot be written.
void configure(const LogSettings& settings);

/// Writes what is queued, closes the outputs and goes back to the state before configure().
void shutdown() noexcept;

/// True when a line of that level would be written: ask before you make expensive fields.
bool enabled(LogLevel level) noexcept;

/// Queues one line; never blocks on a disk or a terminal and never throws. When the writer cannot keep up,
/// lines are dropped, counted, and the count is logged. Thread-safe.
void write(LogLevel level, std::string_view message, std::span<const Field> fields) noexcept;

inline void trace(std::string_view message, Fields fields = {}) noexcept {
  write(LogLevel::trace, message, fields);
}
inline void debug(std::string_view message, Fields fields = {}) noexcept {
  write(LogLevel::debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) noexcept {
  write(LogLevel::info, message, fields);
}
inline void warn(std::string_view message, Fields fields = {}) noexcept {
  write(LogLevel::warn, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) noexcept {
  write(LogLevel::error, message, fields);
}

}  // namespace flotilla::log
