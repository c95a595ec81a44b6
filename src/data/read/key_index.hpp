#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "data/sql/fragment.hpp"
#include "data/sql/rows.hpp"

namespace flotilla::data {

/// A key as it is compared: whole numbers as numbers, whether they came as number or text; else text. The
/// text belongs to the Rows it came from.
using Key = std::variant<std::monostate, std::int64_t, std::string_view>;

Key key_of(const Cell& cell);
Key key_of(std::string_view text);
Param key_param(const Key& key);

struct KeyHash {
  std::size_t operator()(const Key& key) const;
};

/// Rows of a result by the value of one column.
class KeyIndex {
 public:
  KeyIndex() = default;
  KeyIndex(const Rows& rows, std::size_t column);
  /// Row numbers in the order of the result; empty when there are none.
  const std::vector<std::uint32_t>& find(const Key& key) const;

 private:
  std::unordered_map<Key, std::vector<std::uint32_t>, KeyHash> rows_;
};

/// Distinct keys of a column without nulls.
std::vector<Param> distinct_keys(const Rows& rows, std::size_t column);

}  // namespace flotilla::data
