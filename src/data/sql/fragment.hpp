#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flotilla::data {

struct Blob {
  std::string bytes;
  auto operator<=>(const Blob&) const = default;
};

/// A moment as storage_text() writes it. It is kept apart from other texts because MySQL does not read the
/// offset at its end.
struct Instant {
  std::string text;
  auto operator<=>(const Instant&) const = default;
};

/// A bound value. Booleans are kept apart from integers because PostgreSQL does.
using Param = std::variant<std::monostate, bool, std::int64_t, double, std::string, Blob, Instant>;

/// SQL text with its bound values. The text holds kPlaceholder where a value goes; the session writes it as
/// its database wants (`?`, `$1`). Identifiers in it are already quoted, values are never in the text.
struct Fragment {
  static constexpr char kPlaceholder = '\x01';

  std::string text;
  std::vector<Param> params;

  Fragment() = default;
  Fragment(std::string sql) : text(std::move(sql)) {}
  Fragment(const char* sql) : text(sql) {}

  bool empty() const { return text.empty(); }
  template <std::convertible_to<std::string_view> Text>
  Fragment& operator+=(const Text& sql) {
    text += std::string_view(sql);
    return *this;
  }
  Fragment& operator+=(const Fragment& other) {
    text += other.text;
    params.insert(params.end(), other.params.begin(), other.params.end());
    return *this;
  }
  /// Appends a placeholder and its value.
  Fragment& bind(Param value) {
    text += kPlaceholder;
    params.push_back(std::move(value));
    return *this;
  }
};

}  // namespace flotilla::data
