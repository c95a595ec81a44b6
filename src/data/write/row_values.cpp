#include "data/write/row_values.hpp"

#include <algorithm>

namespace flotilla::data {

void RowValues::set(const Field& field, Param value) {
  for (auto& [have, old] : values_) {
    if (have == &field) {
      old = std::move(value);
      return;
    }
  }
  values_.emplace_back(&field, std::move(value));
}

const Param* RowValues::find(const Field& field) const {
  for (const auto& [have, value] : values_) {
    if (have == &field) return &value;
  }
  return nullptr;
}

bool RowValues::has(const Field& field) const { return find(field) != nullptr; }

std::vector<sql::Assignment> RowValues::assignments() const {
  std::vector<sql::Assignment> out;
  for (const auto& [field, value] : values_) {
    auto same = std::ranges::find(out, field->column, &sql::Assignment::column);
    if (same == out.end())
      out.push_back({field->column, value});
    else
      same->value = value;
  }
  return out;
}

}  // namespace flotilla::data
