#include "adapters/postgres/statement_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flotilla::postgres {

const StatementNames::Entry* StatementNames::find(std::string_view text) {
  auto at = by_text_.find(text);
  if (at == by_text_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, at->second);
  return &*at->second;
}

const StatementNames::Entry& StatementNames::add(std::string_view text, std::string& evicted) {
  evicted.clear();
  if (entries_.size() >= capacity_) {
    if (entries_.back().state == State::prepared) evicted = entries_.back().name;
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  entries_.push_front({std::string(text), fmt::format("f{}", ++last_), State::preparing});
  by_text_.emplace(entries_.front().text, entries_.begin());
  return entries_.front();
}

/// New ones are in front: short to find.
StatementNames::Place StatementNames::named(std::string_view name) {
  return std::ranges::find(entries_, name, &Entry::name);
}

void StatementNames::prepared(std::string_view name) {
  if (auto at = named(name); at != entries_.end()) at->state = State::prepared;
}

bool StatementNames::forget(std::string_view name) {
  auto at = named(name);
  if (at == entries_.end()) return false;
  by_text_.erase(at->text);
  entries_.erase(at);
  return true;
}

void StatementNames::clear() {
  by_text_.clear();
  entries_.clear();
}

}  // namespace flotilla::postgres
