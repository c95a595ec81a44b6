#include "auth/blacklist.hpp"

#include <algorithm>
#include <mutex>

namespace flotilla::auth {

void Blacklist::add(std::string token, UnixMs until) {
  std::unique_lock lock(mutex_);
  UnixMs& have = until_[std::move(token)];
  have = std::max(have, until);
}

bool Blacklist::contains(std::string_view token) const {
  std::shared_lock lock(mutex_);
  return until_.find(token) != until_.end();
}

void Blacklist::sweep(UnixMs now) {
  std::unique_lock lock(mutex_);
  std::erase_if(until_, [now](const auto& entry) { return entry.second < now; });
}

std::size_t Blacklist::size() const {
  std::shared_lock lock(mutex_);
  return until_.size();
}

}  // namespace flotilla::auth
