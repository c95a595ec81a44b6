#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/sqlite/statement.hpp"

namespace flotilla::sqlite {

/// The prepared statements of one connection by their text; those used longest ago leave when it is full.
/// Preparing costs about twice as much as running a select by key.
class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

  /// On SQLITE_OK, `found` is valid until the next call. Throws what Statement::prepare throws.
  int find_or_prepare(sqlite3* db, std::string_view text, Statement*& found);
  void clear();
  std::size_t size() const { return entries_.size(); }

 private:
  static constexpr std::size_t kMaxTextBytes = 16 * 1024;  ///< longer ones hardly come twice and are not kept

  struct Entry {
    std::string text;
    Statement statement;
  };

  const std::size_t capacity_;
  std::list<Entry> entries_;  ///< most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
  Statement not_kept_;
};

}  // namespace flotilla::sqlite
