#include "data/write/change_log.hpp"

#include <algorithm>

#include "base/redact.hpp"

namespace flotilla::data {

namespace {

void mask(const Collection& c, JsonObject& values) {
  for (auto& member : values) {
    const Field* field = c.find(member.key());
    const bool secret = field && (field->hidden || field->type == FieldType::password);
    if (secret && !member.value().is_null()) member.value() = kRedacted;
  }
}

}  // namespace

void ChangeLog::add(RowChange::Kind kind, const Collection& collection, Json key, JsonObject values) {
  if (rows_.size() >= kRowsMax) {
    ++beyond_[{collection.name, kind}];
    return;
  }
  mask(collection, values);
  rows_.push_back({kind, collection.name, std::move(key), std::move(values)});
}

void ChangeLog::clear() {
  rows_.clear();
  beyond_.clear();
}

bool ChangeLog::touches(std::string_view collection) const {
  return touches_any([&](std::string_view name) { return name == collection; });
}

bool ChangeLog::touches_any(const std::function<bool(std::string_view)>& concerns) const {
  return std::ranges::any_of(rows_, [&](const RowChange& row) { return concerns(row.collection); }) ||
         std::ranges::any_of(beyond_, [&](const auto& entry) { return concerns(entry.first.first); });
}

}  // namespace flotilla::data
