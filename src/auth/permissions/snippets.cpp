#include "auth/permissions/snippets.hpp"

#include <algorithm>
#include <stdexcept>

#include "cluster/cache/glob.hpp"

namespace flotilla::auth {
namespace {

bool has(const Names& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }
bool excludes(std::string_view rule) { return rule.starts_with('!'); }

bool any_matches(const Names& globs, std::string_view text) {
  return std::ranges::any_of(globs, [&](const std::string& g) { return cluster::glob_matches(g, text); });
}

/// `pm` of `pm.auth.*` and `!pm`.
std::string_view family(std::string_view rule) {
  if (excludes(rule)) rule.remove_prefix(1);
  return rule.substr(0, rule.find('.'));
}

bool includes_of_family(const Names& rules, std::string_view name) {
  return std::ranges::any_of(
      rules, [&](const std::string& rule) { return !excludes(rule) && family(rule) == name; });
}

}  // namespace

void SnippetRegistry::add(std::string name, Names actions) {
  if (name.ends_with(".*")) name.resize(name.size() - 2);
  if (name.empty() || name.find('*') != name.npos || name.ends_with('.'))
    throw std::invalid_argument("a snippet's name takes no * and no dot at its end: " + name);
  Names& all = snippets_[name];
  for (std::string& action : actions) {
    if (!has(all, action)) all.push_back(std::move(action));
  }
}

SnippetRules::SnippetRules(Names rules, const SnippetRegistry& registry) : rules_(std::move(rules)) {
  Names granted, taken;
  for (const std::string& rule : rules_) {
    if (excludes(rule))
      taken.push_back(rule.substr(1));
    else
      granted.push_back(rule);
  }
  for (const auto& [name, actions] : registry.all()) {
    if (any_matches(taken, name))
      rejected_.insert(rejected_.end(), actions.begin(), actions.end());
    else if (any_matches(granted, name))
      allowed_.insert(allowed_.end(), actions.begin(), actions.end());
  }
}

std::optional<bool> SnippetRules::allowed(std::string_view path) const {
  if (any_matches(allowed_, path)) return true;
  if (any_matches(rejected_, path)) return false;
  return std::nullopt;
}

Names merged_snippets(const std::vector<Names>& roles) {
  Names out;
  for (const Names& rules : roles) {
    for (const std::string& rule : rules) {
      if (has(out, rule)) continue;
      if (!excludes(rule)) {
        out.push_back(rule);
        continue;
      }
      const bool all = std::ranges::all_of(roles, [&](const Names& other) { return has(other, rule); });
      bool granted = false, all_granting = true;
      for (const Names& other : roles) {
        if (!includes_of_family(other, family(rule))) continue;
        granted = true;
        all_granting = all_granting && has(other, rule);
      }
      if (all || (granted && all_granting)) out.push_back(rule);
    }
  }
  return out;
}

}  // namespace flotilla::auth
