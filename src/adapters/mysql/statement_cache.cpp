#include "adapters/mysql/statement_cache.hpp"

#include <utility>

namespace flotilla::mysql {

MYSQL_STMT* StatementCache::find(std::string_view text) {
  auto at = by_text_.find(text);
  if (at == by_text_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->statement.get();
}

StatementHandle StatementCache::add(std::string_view text, StatementHandle statement) {
  StatementHandle evicted;
  if (entries_.size() >= capacity_) {
    evicted = std::move(entries_.back().statement);
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  entries_.push_front({std::string(text), std::move(statement)});
  by_text_.emplace(entries_.front().text, entries_.begin());
  return evicted;
}

StatementHandle StatementCache::remove(std::string_view text) {
  auto at = by_text_.find(text);
  if (at == by_text_.end()) return nullptr;
  const auto entry = at->second;
  by_text_.erase(at);
  StatementHandle out = std::move(entry->statement);
  entries_.erase(entry);
  return out;
}

std::vector<StatementHandle> StatementCache::clear() {
  std::vector<StatementHandle> out;
  by_text_.clear();
  for (Entry& entry : std::exchange(entries_, {})) out.push_back(std::move(entry.statement));
  return out;
}

}  // namespace flotilla::mysql
