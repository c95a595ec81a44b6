#include "cluster/cache/object_edit.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

namespace flotilla::cluster {

std::optional<std::string> edited_object(const std::optional<std::string>& text, const std::string& key,
                                         const std::string& name, const std::optional<std::string>& value) {
  bool readable = true;
  Json whole = text ? json::try_parse(*text, &readable) : Json(JsonObject());
  if (!readable || !whole.is_object()) throw bad_request("the cached value of \"" + key + "\" is no object");
  JsonObject& members = whole.get_object();
  if (value)
    members[name] = json::parse(*value);
  else if (members.erase(name) == 0)
    return std::nullopt;
  return json::dump(whole);
}

}  // namespace flotilla::cluster
