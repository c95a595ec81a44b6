#include "api/socket.hpp"

#include "api/socket_messages.hpp"
#include "auth/authenticator.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace flotilla::api {
namespace {

/// Nothing is pushed to single users yet, so who it is need not be remembered.
Task<bool> accepts(const Services& services, const std::string& token, const http::Request& request) {
  // A renewed token could not be handed over here: the client renews by its next HTTP request.
  const auth::TokenUse use{.event_stream = true, .may_renew = false};
  try {
    co_await services.authenticator.authenticate(token, use);
    co_return true;
  } catch (const Error&) {
    co_return false;
  } catch (const data::SqlError& error) {
    log::warn("a socket's token could not be checked", {{"requestId", request.id}, {"reason", error.what()}});
    co_return false;
  }
}

}  // namespace

Task<void> serve_socket(const Services& services, http::Request& request, http::WebSocket& socket) {
  co_await socket.send(running_message());
  while (true) {
    const std::string message = co_await socket.receive();  // throws when the client is gone
    const std::optional<std::string> token = token_in(message);
    if (!token || token->empty()) continue;
    if (co_await accepts(services, *token, request)) co_await socket.send(authorized_message());
  }
}

}  // namespace flotilla::api
