#include "data/write/row_values.hpp"

#include <algorithm>

namespace flotilla::data {

Json param_json(const Param& value) {
  if (auto number = std::get_if<std::int64_t>(&value)) return *number;
  if (auto text = std::get_if<std::string>(&value)) return Json(*text);
  if (auto instant = std::get_if<Instant>(&value)) return Json(instant->text);
  if (auto real = std::get_if<double>(&value)) return *real;
  if (auto flag = std::get_if<bool>(&value)) return *flag;
  return nullptr;
}

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

JsonObject RowValues::document() const {
  JsonObject out;
  for (const auto& [field, value] : values_) out[field->name] = param_json(value);
  return out;
}

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
