#include "base/log_line.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>

#include "base/json_writer.hpp"
#include "base/redact.hpp"
#include "base/strings.hpp"

namespace flotilla::log {
namespace {

constexpr std::size_t kTextBytesMax = 8192;

std::string safe(std::string_view text) {
  bool cut = text.size() > kTextBytesMax;
  if (cut) text = text.substr(0, kTextBytesMax);
  // A cut may split a character; step back to its start.
  while (cut && !text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80)
    text.remove_suffix(1);
  if (cut && !text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.remove_suffix(1);
  std::string out(text);
  if (!is_utf8(out)) {
    for (char& c : out) {
      if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
  }
  if (cut) out += "…";
  return out;
}

std::string shown(const Field& field, std::string_view text) { return safe(redact(field.name, text)); }

/// Field names are few and come again with every line.
bool hides_value(std::string_view name) {
  struct Known {
    std::string name;
    bool secret = false;
  };
  static constexpr std::size_t kSlots = 64;
  thread_local std::array<Known, kSlots> known;
  if (name.empty()) return false;
  Known& slot = known[(name.size() * 7 + static_cast<unsigned char>(name.front())) % kSlots];
  if (slot.name != name) slot = {std::string(name), is_secret_name(name)};
  return slot.secret;
}

/// Nothing to hide, to cut or to repair: most values of most lines.
bool shown_as_it_is(const Field& field, std::string_view text) {
  if (text.size() > kTextBytesMax || hides_value(field.name)) return false;
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '?' || c == '@') return false;
  }
  return true;
}

std::string iso_time(UnixMs time) {
  thread_local std::chrono::sys_seconds second{std::chrono::seconds{-1}};
  thread_local std::string text;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  if (seconds != second) {
    text = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
    second = seconds;
  }
  return fmt::format("{}.{:03}Z", text, (time - seconds).count());
}

struct ToJson {
  JsonWriter& out;
  const Field& field;
  void operator()(std::string_view text) const {
    if (shown_as_it_is(field, text)) return out.string(text);
    out.string(shown(field, text));
  }
  void operator()(std::int64_t number) const { out.integer(number); }
  void operator()(double number) const { out.number(number); }
  void operator()(bool flag) const { out.boolean(flag); }
};

/// A word as it is when nothing in it could be misread, else a JSON string.
std::string word(std::string_view text) {
  bool plain = !text.empty();
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '"' || c == '=' || c == '\\') plain = false;
  }
  if (plain) return std::string(text);
  std::string out;
  JsonWriter(out).string(text);
  return out;
}

struct ToWord {
  const Field& field;
  std::string operator()(std::string_view text) const { return word(shown(field, text)); }
  std::string operator()(std::int64_t number) const { return fmt::to_string(number); }
  std::string operator()(double number) const { return fmt::to_string(number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
};

std::string json_line(UnixMs time, LogLevel level, std::string_view message, std::span<const Field> fields) {
  std::string line;
  JsonWriter out(line);
  out.begin_object();
  out.key("time");
  out.string(iso_time(time));
  out.key("level");
  out.string(level_name(level));
  out.key("message");
  out.string(safe(message));
  for (const Field& field : fields) {
    out.key(field.name);
    std::visit(ToJson{out, field}, field.value);
  }
  out.end_object();
  return line;
}

/// Replaces what could move a cursor or end the line.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

}  // namespace

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return "trace";
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "off";
}

std::string format_line(LogFormat format, UnixMs time, LogLevel level, std::string_view message,
                        std::span<const Field> fields) {
  if (format == LogFormat::json) return json_line(time, level, message, fields) + "\n";
  std::string line = format == LogFormat::logfmt ? fmt::format("time={} level={} message={}", iso_time(time),
                                                               level_name(level), word(safe(message)))
                                                 : fmt::format("{} {:<5} {}", iso_time(time).substr(11, 12),
                                                               level_name(level), printable(safe(message)));
  for (const Field& field : fields) {
    line += format == LogFormat::logfmt ? " " : "  ";
    line += fmt::format("{}={}", word(field.name), std::visit(ToWord{field}, field.value));
  }
  return line + "\n";
}

}  // namespace flotilla::log
