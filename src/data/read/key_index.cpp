#include "data/read/key_index.hpp"

#include <charconv>
#include <string>
#include <unordered_set>

namespace flotilla::data {

Key key_of(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::null:
      return std::monostate{};
    case Cell::Kind::integer:
      return cell.integer;
    case Cell::Kind::real:
      return static_cast<std::int64_t>(cell.real);
    default:
      return key_of(cell.text());
  }
}

Key key_of(std::string_view text) {
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return text;
  // `007` and `-0` are texts: the number would not give them back.
  char digits[24];
  auto written = std::to_chars(digits, digits + sizeof digits, number);
  if (std::string_view(digits, written.ptr) != text) return text;
  return number;
}

Param key_param(const Key& key) {
  if (auto number = std::get_if<std::int64_t>(&key)) return *number;
  if (auto text = std::get_if<std::string_view>(&key)) return std::string(*text);
  return std::monostate{};
}

std::size_t KeyHash::operator()(const Key& key) const {
  if (auto number = std::get_if<std::int64_t>(&key)) return std::hash<std::int64_t>{}(*number);
  if (auto text = std::get_if<std::string_view>(&key)) return std::hash<std::string_view>{}(*text);
  return 0;
}

KeyIndex::KeyIndex(const Rows& rows, std::size_t column) {
  rows_.reserve(rows.size());
  for (std::uint32_t row = 0; row < rows.size(); ++row) rows_[key_of(rows.at(row, column))].push_back(row);
}

const std::vector<std::uint32_t>& KeyIndex::find(const Key& key) const {
  static const std::vector<std::uint32_t> kNone;
  if (std::holds_alternative<std::monostate>(key)) return kNone;
  auto at = rows_.find(key);
  return at == rows_.end() ? kNone : at->second;
}

std::vector<Param> distinct_keys(const Rows& rows, std::size_t column) {
  std::unordered_set<Key, KeyHash> seen;
  std::vector<Param> out;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    Key key = key_of(rows.at(row, column));
    if (!std::holds_alternative<std::monostate>(key) && seen.insert(key).second) {
      const Cell& cell = rows.at(row, column);
      // Text stays text: a text column does not equal a number in every database.
      out.push_back(cell.kind == Cell::Kind::text ? Param(std::string(cell.text())) : key_param(key));
    }
  }
  return out;
}

}  // namespace flotilla::data
