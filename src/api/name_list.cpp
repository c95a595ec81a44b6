#include "api/name_list.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <utility>

#include "base/strings.hpp"

namespace flotilla::api {
namespace {

bool read_index(std::string_view text, std::uint64_t& index) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  return error == std::errc{} && end == text.data() + text.size();
}

void add(NameList& names, std::string name) {
  if (!name.empty()) names.push_back(std::move(name));
}

void add_item(NameList& names, const Json& item) {
  if (item.is_string() || item.is_number()) add(names, json::to_text(item));
}

}  // namespace

NameList read_names(const Json& value) {
  NameList names;
  if (value.is_string()) {
    for (std::string& name : split(json::to_text(value), ',')) add(names, std::move(name));
  } else if (value.is_array()) {
    for (const Json& item : value.get_array()) add_item(names, item);
  } else if (value.is_object()) {
    Json items = array_of_indexes(value);
    if (items.is_array()) return read_names(items);
    for (const auto& member : value.get_object()) add_item(names, member.value());
  }
  return names;
}

NameList intersection(const NameList& a, const NameList& b) {
  NameList both;
  std::ranges::copy_if(a, std::back_inserter(both),
                       [&](const std::string& name) { return std::ranges::find(b, name) != b.end(); });
  return both;
}

NameList union_of(const NameList& a, const NameList& b) {
  NameList all;
  for (const NameList* list : {&a, &b}) {
    for (const std::string& name : *list) {
      if (std::ranges::find(all, name) == all.end()) all.push_back(name);
    }
  }
  return all;
}

Json array_of_indexes(Json value) {
  if (!value.is_object() || value.get_object().empty()) return value;
  std::vector<std::pair<std::uint64_t, Json*>> items;
  for (auto& member : value.get_object()) {
    std::uint64_t index = 0;
    if (!read_index(member.key(), index)) return value;
    items.emplace_back(index, &member.value());
  }
  std::ranges::sort(items, {}, [](const auto& item) { return item.first; });
  JsonArray array;
  array.reserve(items.size());
  for (auto& [index, item] : items) array.push_back(std::move(*item));
  return array;
}

}  // namespace flotilla::api
