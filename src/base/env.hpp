#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace flotilla {

/// A variable of the environment, or a line of a `.env` file, that cannot be used. The text is one line,
/// `NAME: got "x", takes …`, and shows no secret.
class SettingError : public Error {
 public:
  SettingError(std::string_view name, std::string_view got, std::string_view takes);
  /// `NAME: <why>` for what is not about one bad value.
  SettingError(std::string_view name, std::string_view why);
};

/// The environment of the process over the lines of a `.env` file; immutable. A variable that is set to an
/// empty text counts as not set. All getters throw SettingError for a value they do not take.
class Environment {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  explicit Environment(Values values) : values_(std::move(values)) {}

  /// The real environment, and below it the file: `file` when one is named (it must be readable), else `.env`
  /// of the working directory when there is one. Throws SettingError naming the file and line.
  static Environment of_process(const std::optional<std::filesystem::path>& file = std::nullopt);

  /// Null when it is not set or empty.
  const std::string* find(std::string_view name) const;
  std::string text(std::string_view name, std::string_view fallback = {}) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t min,
                       std::int64_t max) const;
  std::uint16_t port(std::string_view name, std::uint16_t fallback) const;
  /// `true`, `1`, `yes`, `on` and their opposites, without case.
  bool boolean(std::string_view name, bool fallback) const;
  /// Bytes; `512`, `64kb`, `10mb`, `1gb`, powers of 1024.
  std::uint64_t size_bytes(std::string_view name, std::uint64_t fallback, std::uint64_t min = 1,
                           std::uint64_t max = std::numeric_limits<std::int64_t>::max()) const;
  /// Milliseconds, or a text such as `90s`, `15m`, `7d`.
  std::chrono::milliseconds duration(std::string_view name, std::chrono::milliseconds fallback,
                                     std::chrono::milliseconds min, std::chrono::milliseconds max) const;
  std::string choice(std::string_view name, std::string_view fallback,
                     std::initializer_list<std::string_view> allowed) const;
  /// Absolute; relative ones are taken from the working directory.
  std::filesystem::path path(std::string_view name, const std::filesystem::path& fallback) const;
  /// `<scheme>://host…` with one of the schemes.
  std::string url(std::string_view name, std::initializer_list<std::string_view> schemes) const;

 private:
  Values values_;
};

}  // namespace flotilla
