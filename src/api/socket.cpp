#include "api/socket.hpp"

#include "auth/authenticator.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

std::string running_message() {
  return json::dump(JsonObject{{"type", "maintaining"}, {"payload", {{"code", "APP_RUNNING"}, {"message", ""}}}});
}

/// The token of an `auth:token` message; empty when the message is another one.
std::string token_of(std::string_view text) {
  bool ok = false;
  const Json message = json::try_parse(text, &ok);
  if (!ok || !message.is_object() || json::text(message.get_object(), "type") != "auth:token") return {};
  const Json* payload = json::find(message.get_object(), "payload");
  return payload && payload->is_object() ? std::string(json::text(payload->get_object(), "token")) : std::string();
}

Task<bool> accepts(const Services& services, const std::string& token) {
  try {
    const auth::TokenUse use{.event_stream = true, .may_renew = false};
    co_await services.authenticator.authenticate(token, use);
    co_return true;
  } catch (const Error&) {
    co_return false;
  }
}

}  // namespace

Task<void> serve_socket(const Services& services, http::Request&, http::WebSocket& socket) {
  co_await socket.send(running_message());
  while (true) {
    const std::string text = co_await socket.receive();  // throws when the client is gone
    const std::string token = token_of(text);
    if (!token.empty() && co_await accepts(services, token)) co_await socket.send(R"({"type":"authorized"})");
  }
}

}  // namespace flotilla::api
