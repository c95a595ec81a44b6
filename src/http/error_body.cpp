#include "http/error_body.hpp"

#include "base/json.hpp"

namespace flotilla::http {

std::string error_body(const Error& error) {
  JsonArray errors;
  for (const Error::Item& item : error.items()) {
    JsonObject shown{{"message", item.message}};
    if (!item.code.empty()) shown["code"] = item.code;
    errors.push_back(std::move(shown));
  }
  return json::dump(JsonObject{{"errors", std::move(errors)}});
}

}  // namespace flotilla::http
