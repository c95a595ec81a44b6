#include "api/socket_messages.hpp"

#include "api/envelope.hpp"
#include "base/json.hpp"

namespace flotilla::api {

std::optional<std::string> token_in(std::string_view message) {
  bool ok = false;
  const Json document = json::try_parse(message, &ok);
  if (!ok || !document.is_object() || json::text(document.get_object(), "type") != "auth:token")
    return std::nullopt;
  const Json* payload = json::find(document.get_object(), "payload");
  if (!payload || !payload->is_object()) return std::string();
  return std::string(json::text(payload->get_object(), "token"));
}

std::string running_message() {
  const GatewayError state = app_state_error("running", "main");
  return json::dump(
      JsonObject{{"type", "maintaining"}, {"payload", {{"code", state.code}, {"message", state.message}}}});
}

std::string authorized_message() { return R"({"type":"authorized"})"; }

}  // namespace flotilla::api
