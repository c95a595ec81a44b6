#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace flotilla::api {

using NameList = std::vector<std::string>;

/// Names as clients write them: a comma text, an array, or an object with indexes as keys (`fields[101]=…`).
/// Items that are neither text nor number, and empty ones, are left out.
NameList read_names(const Json& value);

/// What both lists have, in the order of the first.
NameList intersection(const NameList& a, const NameList& b);
/// What either list has, each once, in order.
NameList union_of(const NameList& a, const NameList& b);

/// The values of an object all of whose keys are whole numbers, in numeric order, as an array; anything else
/// unchanged.
Json array_of_indexes(Json value);

}  // namespace flotilla::api
