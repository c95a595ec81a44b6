#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::data {
namespace {

std::vector<std::string> below(const std::vector<std::string>& paths, std::string_view name) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    if (path.size() > name.size() && path.starts_with(name) && path[name.size()] == '.')
      out.push_back(path.substr(name.size() + 1));
  }
  return out;
}

bool names(const std::vector<std::string>& paths, std::string_view name) {
  return std::ranges::find(paths, name) != paths.end();
}

void guard_object(JsonObject& object, const std::vector<std::string>& whitelist,
                  const std::vector<std::string>& blacklist) {
  for (auto member = object.begin(); member != object.end();) {
    const std::string_view name = member->key();
    std::vector<std::string> allowed = below(whitelist, name);
    if (names(blacklist, name) || (!whitelist.empty() && !names(whitelist, name) && allowed.empty())) {
      member = object.erase(member);
      continue;
    }
    // A path into an association lets the association itself through, cut to that path.
    if (names(whitelist, name)) allowed.clear();
    guard_values(member->value(), allowed, below(blacklist, name));
    ++member;
  }
}

}  // namespace

void guard_values(Json& values, const std::vector<std::string>& whitelist,
                  const std::vector<std::string>& blacklist) {
  if (whitelist.empty() && blacklist.empty()) return;
  if (values.is_object()) return guard_object(values.get_object(), whitelist, blacklist);
  if (!values.is_array()) return;
  for (Json& item : values.get_array()) guard_values(item, whitelist, blacklist);
}

void check_writable(const Collection& collection) {
  if (collection.read_only)
    throw bad_request(fmt::format("collection \"{}\" is a view: it cannot be written", collection.name));
  if (collection.server_only)
    throw bad_request(fmt::format("collection \"{}\" is written by the server alone", collection.name));
}

}  // namespace flotilla::data
