#include "auth/permissions/strategy.hpp"

#include <algorithm>

namespace flotilla::auth {
namespace {

struct Entry {
  std::string_view action;
  bool own = false;
};

Entry read_entry(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return {text, false};
  // A predicate nobody knows grants nothing more than `own`.
  return {text.substr(0, colon), text.substr(colon + 1) != "all"};
}

}  // namespace

Strategy Strategy::read(const Json& strategy) {
  Strategy out;
  if (!strategy.is_object()) return out;
  const Json* actions = json::find(strategy.get_object(), "actions");
  if (!actions || actions->is_null()) return out;
  out.given_ = true;
  auto add = [&](const Json& item) {
    if (!item.is_string()) return;
    out.everything_ |= item.get_string() == "*";
    out.entries_.emplace_back(item.get_string());
  };
  if (actions->is_array())
    std::ranges::for_each(actions->get_array(), add);
  else
    add(*actions);
  return out;
}

std::optional<Grant> Strategy::find(std::string_view action) const {
  if (everything_) return Grant{};
  std::optional<Grant> found;
  for (const std::string& text : entries_) {
    const Entry entry = read_entry(text);
    if (entry.action != action) continue;
    if (!entry.own) return Grant{};
    found = Grant{};
    found->filter = own_filter();
  }
  return found;
}

Names Strategy::unrestricted_actions() const {
  Names out;
  for (const std::string& text : entries_) {
    const Entry entry = read_entry(text);
    if (!entry.own && entry.action != "*") out.emplace_back(entry.action);
  }
  return out;
}

}  // namespace flotilla::auth
