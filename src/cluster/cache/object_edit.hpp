#pragma once

#include <optional>
#include <string>

namespace flotilla::cluster {

/// What CacheStore::edit_object() makes of the text under `key`: the new text, or empty when there is nothing
/// to change. Throws Error 400 naming the key when `text` is no JSON object, or when `value` is no JSON.
std::optional<std::string> edited_object(const std::optional<std::string>& text, const std::string& key,
                                         const std::string& name, const std::optional<std::string>& value);

}  // namespace flotilla::cluster
