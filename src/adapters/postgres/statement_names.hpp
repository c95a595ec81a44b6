#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace flotilla::postgres {

/// The prepared statements of one connection: the name of each by its text. Those used longest ago leave when
/// it is full. Knows nothing of the connection.
class StatementNames {
 public:
  static constexpr std::size_t kMaxTextBytes = 16 * 1024;  ///< longer ones hardly come twice and are not kept

  enum class State { preparing, prepared };
  struct Entry {
    std::string text;
    std::string name;
    State state = State::preparing;
  };

  explicit StatementNames(std::size_t capacity) : capacity_(capacity) {}

  /// Null when it is not known. Valid until the next call.
  const Entry* find(std::string_view text);
  bool keeps(std::string_view text) const { return capacity_ > 0 && text.size() <= kMaxTextBytes; }
  /// A name for a text that is not known and is kept; it is never given again. `evicted`: the name of the
  /// prepared statement that had to leave, or empty.
  const Entry& add(std::string_view text, std::string& evicted);
  void prepared(std::string_view name);
  bool forget(std::string_view name);  ///< false: it is not known
  void clear();
  std::size_t size() const { return entries_.size(); }

 private:
  using Place = std::list<Entry>::iterator;
  Place named(std::string_view name);

  const std::size_t capacity_;
  std::uint64_t last_ = 0;
  std::list<Entry> entries_;  ///< most recently used first
  std::unordered_map<std::string_view, Place> by_text_;
};

}  // namespace flotilla::postgres
