#include "api/actions/language.hpp"

#include <algorithm>

namespace flotilla::api {

std::string choose_language(const Json* enabled, std::string_view asked, std::string_view of_user,
                            std::string_view fallback) {
  static const JsonArray kNone;
  const JsonArray& languages = enabled && enabled->is_array() ? enabled->get_array() : kNone;
  auto is_enabled = [&](std::string_view name) {
    return !name.empty() && std::ranges::any_of(languages, [&](const Json& l) {
      return l.is_string() && l.get_string() == name;
    });
  };
  if (is_enabled(asked)) return std::string(asked);
  if (is_enabled(of_user)) return std::string(of_user);
  for (const Json& language : languages) {
    if (language.is_string() && !language.get_string().empty()) return std::string(language.get_string());
  }
  return std::string(fallback);
}

}  // namespace flotilla::api
