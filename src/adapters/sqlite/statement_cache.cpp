#include "adapters/sqlite/statement_cache.hpp"

#include <sqlite3.h>

namespace flotilla::sqlite {

int StatementCache::find_or_prepare(sqlite3* db, std::string_view text, Statement*& found) {
  if (auto at = by_text_.find(text); at != by_text_.end()) {
    entries_.splice(entries_.begin(), entries_, at->second);
    found = &at->second->statement;
    return SQLITE_OK;
  }
  const bool keep = capacity_ > 0 && text.size() <= kMaxTextBytes;
  Statement statement;
  int code = statement.prepare(db, text, keep);
  if (code != SQLITE_OK) return code;
  if (!keep) {
    not_kept_ = std::move(statement);
    found = &not_kept_;
    return SQLITE_OK;
  }
  if (entries_.size() >= capacity_) {
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  entries_.push_front({std::string(text), std::move(statement)});
  by_text_.emplace(entries_.front().text, entries_.begin());
  found = &entries_.front().statement;
  return SQLITE_OK;
}

void StatementCache::clear() {
  by_text_.clear();
  entries_.clear();
  not_kept_ = Statement();
}

}  // namespace flotilla::sqlite
