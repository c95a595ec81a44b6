#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace flotilla::cluster {

/// A map by text that holds at most `items_max` values: a further one pushes out the one that was not used
/// for the longest time. Not thread-safe. References stay good until their value is erased or pushed out.
template <class Value>
class LruMap {
 public:
  explicit LruMap(std::size_t items_max) : items_max_(items_max ? items_max : 1) {}
  LruMap(const LruMap&) = delete;
  LruMap& operator=(const LruMap&) = delete;

  /// Counts as a use. Null when there is none.
  Value* find(std::string_view key) {
    const auto place = index_.find(key);
    if (place == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, place->second);
    return &place->second->second;
  }
  /// Does not count as a use.
  const Value* look(std::string_view key) const {
    const auto place = index_.find(key);
    return place == index_.end() ? nullptr : &place->second->second;
  }
  void put(std::string_view key, Value value) {
    if (Value* present = find(key)) {
      *present = std::move(value);
      return;
    }
    if (index_.size() >= items_max_) {
      index_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(std::string(key), std::move(value));
    index_.emplace(order_.front().first, order_.begin());
  }
  bool erase(std::string_view key) {
    const auto place = index_.find(key);
    if (place == index_.end()) return false;
    const auto item = place->second;
    index_.erase(place);  // before the text that it is found by
    order_.erase(item);
    return true;
  }
  void clear() {
    index_.clear();
    order_.clear();
  }
  std::size_t size() const { return index_.size(); }

  /// From the one used last.
  auto begin() const { return order_.begin(); }
  auto end() const { return order_.end(); }

 private:
  using Order = std::list<std::pair<const std::string, Value>>;

  std::size_t items_max_;
  Order order_;
  std::unordered_map<std::string_view, typename Order::iterator> index_;
};

}  // namespace flotilla::cluster
