#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/mysql/handles.hpp"

namespace flotilla::mysql {

/// The prepared statements of one connection by their text. Those used longest ago leave when it is full.
class StatementCache {
 public:
  static constexpr std::size_t kMaxTextBytes = 16 * 1024;  ///< longer ones hardly come twice and are not kept

  explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

  bool keeps(std::string_view text) const { return capacity_ > 0 && text.size() <= kMaxTextBytes; }
  /// Null when it is not known.
  MYSQL_STMT* find(std::string_view text);
  /// For a text that is not known and is kept. Answers the statement that had to leave, or null.
  StatementHandle add(std::string_view text, StatementHandle statement);
  /// Takes one out; null when it is not known.
  StatementHandle remove(std::string_view text);
  std::vector<StatementHandle> clear();
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string text;
    StatementHandle statement;
  };
  const std::size_t capacity_;
  std::list<Entry> entries_;  ///< most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
};

}  // namespace flotilla::mysql
