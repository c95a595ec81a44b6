#pragma once

#include "api/services.hpp"
#include "http/message.hpp"

namespace flotilla::api {

/// One client on the WebSocket endpoint (WS_PATH). Understands NocoBase's messages:
///   client: `ping` (no answer), {"type":"auth:token","payload":{token, authenticator}}
///   server: {"type":"maintaining","payload":{…APP_RUNNING}} after connecting, {"type":"authorized"}
/// A token that is refused leaves the connection anonymous. Messages of other types are ignored.
Task<void> serve_socket(const Services& services, http::Request& request, http::WebSocket& socket);

}  // namespace flotilla::api
