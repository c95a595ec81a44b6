#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace flotilla::api {

/// What clients are told of the roles that count: strategy, snippets, known actions. `rows` are rows of
/// `roles`, of any order; `names` give the order of merging. Root alone decides where it is among them. Pure.
JsonObject role_summary(const std::vector<std::string>& names, const JsonArray& rows);

/// Snippet rules of several roles: what one includes is included; what is excluded stays so when every role
/// excludes it, or every role that includes anything of the same family does.
std::vector<std::string> merged_snippets(const std::vector<std::vector<std::string>>& roles);

}  // namespace flotilla::api
