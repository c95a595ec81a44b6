#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace flotilla::redis {

/// An answer of the server (RESP2): a tree that owns its texts. Takes no locks; a value like any other.
class Reply {
 public:
  enum class Kind { nil, status, text, integer, array, error };
  using Items = std::vector<Reply>;

  Reply() = default;
  static Reply make_status(std::string text) { return {Kind::status, std::move(text)}; }
  static Reply make_text(std::string text) { return {Kind::text, std::move(text)}; }
  static Reply make_error(std::string text) { return {Kind::error, std::move(text)}; }
  static Reply make_integer(std::int64_t value);
  static Reply make_array(Items items);

  Kind kind() const { return kind_; }
  bool is_nil() const { return kind_ == Kind::nil; }
  bool is_error() const { return kind_ == Kind::error; }
  bool is_array() const { return kind_ == Kind::array; }

  /// Of a text, a status or an error. The others throw RedisError (a 500: the server answered something that
  /// its commands do not answer).
  const std::string& text() const&;
  std::string text() &&;
  /// Of an integer, or of a text that is one.
  std::int64_t integer() const;
  /// Of an array; a nil has none.
  const Items& items() const&;
  Items items() &&;
  std::size_t size() const { return items_.size(); }
  /// Throws RedisError when the array is shorter.
  const Reply& at(std::size_t index) const;

  bool operator==(const Reply&) const = default;

 private:
  friend class ReplyReader;
  Reply(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind_ = Kind::nil;
  std::int64_t integer_ = 0;
  std::string text_;
  Items items_;
};

/// The server answered with an error that is ours to handle (WRONGTYPE, BUSYGROUP, an error of a script ...).
/// Status 500.
class RedisError : public Error {
 public:
  RedisError(std::string_view service, std::string_view text);

  /// The server's own words: "BUSYGROUP Consumer Group name already exists".
  const std::string& text() const { return text_; }
  /// The first word: "BUSYGROUP".
  std::string_view code() const;

 private:
  std::string text_;
};

/// Throws what an error reply means: Unavailable (refused: READONLY, LOADING, OOM, MISCONF, CLUSTERDOWN,
/// MASTERDOWN, NOREPLICAS, BUSY, TRYAGAIN; auth: NOAUTH, WRONGPASS, NOPERM), or else RedisError.
[[noreturn]] void throw_error(std::string_view service, const Reply& error);

}  // namespace flotilla::redis
