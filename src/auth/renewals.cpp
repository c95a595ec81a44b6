#include "auth/renewals.hpp"

namespace flotilla::auth {

void Renewals::remember(std::string old_jti, Successor successor, UnixMs now) {
  std::lock_guard lock(mutex_);
  std::erase_if(entries_, [now](const auto& entry) { return now - entry.second.at > kRenewalMemory; });
  entries_.insert_or_assign(std::move(old_jti), Entry{std::move(successor), now});
}

std::optional<Renewals::Successor> Renewals::find(std::string_view old_jti, UnixMs now) const {
  std::lock_guard lock(mutex_);
  auto at = entries_.find(old_jti);
  if (at == entries_.end() || now - at->second.at > kRenewalMemory) return std::nullopt;
  return at->second.successor;
}

}  // namespace flotilla::auth
