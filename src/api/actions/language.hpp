#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace flotilla::api {

/// The language of an answer: what is asked for, else the user's, else the first of the enabled languages;
/// only enabled ones count. `fallback` when none is enabled. Pure.
std::string choose_language(const Json* enabled, std::string_view asked, std::string_view of_user,
                            std::string_view fallback);

}  // namespace flotilla::api
