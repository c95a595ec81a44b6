#include "cluster/signal/debouncer.hpp"

#include <algorithm>

namespace flotilla::cluster {

std::vector<std::string> Debouncer::take(Monotonic now) {
  std::vector<std::pair<Monotonic, std::string>> ready;
  for (const auto& [text, due] : due_) {
    if (due <= now) ready.emplace_back(due, text);
  }
  std::ranges::sort(ready);
  std::vector<std::string> out;
  for (auto& [due, text] : ready) {
    due_.erase(text);
    out.push_back(std::move(text));
  }
  return out;
}

std::optional<Monotonic> Debouncer::next() const {
  std::optional<Monotonic> first;
  for (const auto& [text, due] : due_) first = std::min(first.value_or(due), due);
  return first;
}

}  // namespace flotilla::cluster
