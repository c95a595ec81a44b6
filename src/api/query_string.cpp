#include "api/query_string.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

// While the tree is built, arrays may have holes (`a[5]=x`). Queries never contain numbers, so the number 0
// marks a hole; compact() takes them out at the end.
const Json& hole() {
  static const Json marker(std::uint64_t{0});
  return marker;
}
bool is_hole(const Json& value) { return value.is_uint64(); }

bool is_prototype_member(std::string_view key) {
  static constexpr std::array<std::string_view, 12> kMembers = {
      "__proto__",        "constructor",      "hasOwnProperty",   "isPrototypeOf",
      "toString",         "toLocaleString",   "valueOf",          "propertyIsEnumerable",
      "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"};
  return std::ranges::find(kMembers, key) != kMembers.end();
}

/// A name taken apart: `a[b][]` is {"a", "[b]", "[]"}; empty when it has to be ignored.
std::vector<std::string> path_of(std::string_view name) {
  std::vector<std::string> path;
  // A bracket pair counts only when there is no other bracket inside.
  auto next_pair = [&](std::size_t from, std::size_t& begin, std::size_t& end) {
    begin = name.npos;
    for (std::size_t at = from; at < name.size(); ++at) {
      if (name[at] == '[') begin = at;
      if (name[at] == ']' && begin != name.npos) {
        end = at + 1;
        return true;
      }
    }
    return false;
  };
  std::size_t begin = 0, end = 0;
  bool found = next_pair(0, begin, end);
  std::string_view parent = found ? name.substr(0, begin) : name;
  if (!parent.empty()) {
    if (is_prototype_member(parent)) return {};
    path.emplace_back(parent);
  }
  for (std::size_t depth = 0; found; ++depth, found = next_pair(end, begin, end)) {
    if (depth == kQueryDepthMax) {
      path.push_back('[' + std::string(name.substr(begin)) + ']');
      break;
    }
    if (is_prototype_member(name.substr(begin + 1, end - begin - 2))) return {};
    path.emplace_back(name.substr(begin, end - begin));
  }
  return path;
}

bool array_index(std::string_view text, std::size_t& index) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  bool canonical = text.size() == 1 || (!text.empty() && text[0] != '0');
  return error == std::errc{} && end == text.data() + text.size() && canonical &&
         index <= kQueryArrayIndexMax;
}

/// `leaf` wrapped in the objects and arrays that `path` names.
Json nest(const std::vector<std::string>& path, Json leaf) {
  for (auto step = path.rbegin(); step != path.rend(); ++step) {
    if (*step == "[]") {
      if (!leaf.is_array()) leaf = JsonArray{std::move(leaf)};
      continue;
    }
    std::string_view key = *step;
    bool bracketed = key.size() >= 2 && key.front() == '[' && key.back() == ']';
    if (bracketed) key = key.substr(1, key.size() - 2);
    std::size_t index = 0;
    if (bracketed && array_index(key, index)) {
      JsonArray array(index + 1, hole());
      array[index] = std::move(leaf);
      leaf = std::move(array);
    } else {
      JsonObject object;
      object[key] = std::move(leaf);
      leaf = std::move(object);
    }
  }
  return leaf;
}

bool is_falsy(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_string().empty());
}
bool is_tree(const Json& value) { return value.is_object() || value.is_array(); }

JsonObject object_of(JsonArray&& array) {
  JsonObject object;
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (!is_hole(array[i])) object[std::to_string(i)] = std::move(array[i]);
  }
  return object;
}

void append(JsonArray& array, Json&& value) {
  if (!value.is_array()) return void(array.push_back(std::move(value)));
  for (Json& item : value.get_array()) array.push_back(std::move(item));
}

void merge_value(Json& target, Json&& source);

void merge_array(JsonArray& target, JsonArray&& source) {
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (is_hole(source[i])) continue;
    if (i >= target.size()) target.resize(i + 1, hole());
    if (is_hole(target[i]))
      target[i] = std::move(source[i]);
    else if (is_tree(target[i]) && is_tree(source[i]))
      merge_value(target[i], std::move(source[i]));
    else
      target.push_back(std::move(source[i]));
  }
}

void merge_value(Json& target, Json&& source) {
  if (is_falsy(source)) return;
  if (!is_tree(source)) {
    if (target.is_array())
      target.get_array().push_back(std::move(source));
    else if (!target.is_object())
      target = JsonArray{std::move(target), std::move(source)};
    else if (source.is_string() && !is_prototype_member(source.get_string()))
      target.get_object()[source.get_string()] = true;
    return;
  }
  if (!is_tree(target)) {
    JsonArray both{std::move(target)};
    append(both, std::move(source));
    target = std::move(both);
    return;
  }
  if (target.is_array() && source.is_array())
    return merge_array(target.get_array(), std::move(source.get_array()));
  if (target.is_array()) target = object_of(std::move(target.get_array()));
  if (source.is_array()) source = object_of(std::move(source.get_array()));
  for (auto& [key, value] : source.get_object()) {
    JsonObject& object = target.get_object();
    if (Json* mine = object.if_contains(key))
      merge_value(*mine, std::move(value));
    else
      object[key] = std::move(value);
  }
}

void compact(Json& value) {
  if (value.is_array()) {
    JsonArray kept;
    for (Json& item : value.get_array()) {
      if (is_hole(item)) continue;
      compact(item);
      kept.push_back(std::move(item));
    }
    value = std::move(kept);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) compact(member.value());
  }
}

/// The parameters in order of their first appearance; values of one name are gathered in an array.
JsonObject flat_parameters(std::string_view query, QueryOptions options) {
  JsonObject flat;
  std::size_t count = 0;
  while (!query.empty()) {
    std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    if (++count > kQueryParametersMax)
      throw bad_request(fmt::format("too many parameters: at most {} are allowed", kQueryParametersMax));

    // An equals sign inside brackets belongs to the name: `a[x=y]=1`.
    std::size_t equals = part.find('=');
    if (std::size_t close = part.find("]="); close != part.npos && part.find('[') < equals)
      equals = close + 1;
    std::string name = decode_query_text(part.substr(0, equals));
    Json value;
    if (equals != part.npos)
      value = decode_query_text(part.substr(equals + 1));
    else if (!options.bare_key_is_null)
      value = "";

    Json* earlier = flat.if_contains(name);
    if (!earlier) {
      flat[name] = std::move(value);
    } else {
      if (!earlier->is_array()) *earlier = JsonArray{std::move(*earlier)};
      earlier->get_array().push_back(std::move(value));
    }
  }
  return flat;
}

}  // namespace

std::string decode_query_text(std::string_view text) {
  std::string out;
  if (percent_decode(text, out, true) && is_utf8(out)) return out;
  out.assign(text);
  std::ranges::replace(out, '+', ' ');
  return out;
}

JsonObject parse_query(std::string_view query, QueryOptions options) {
  // Some clients encode the brackets as well; names are decoded before they are taken apart, so both work.
  Json tree = JsonObject{};
  for (auto& [name, value] : flat_parameters(query, options)) {
    std::vector<std::string> path = path_of(name);
    if (path.empty()) continue;
    // A first step without a name (`[a]=1`) counts as `a=1`.
    Json branch = nest(path, std::move(value));
    if (branch.is_array()) branch = object_of(std::move(branch.get_array()));
    merge_value(tree, std::move(branch));
  }
  compact(tree);
  return std::move(tree.get_object());
}

}  // namespace flotilla::api
