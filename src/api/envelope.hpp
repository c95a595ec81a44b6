#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "http/message.hpp"

namespace flotilla::api {

/// `{"errors":[{"message", "code"?}, …]}` with the error's status.
http::Response error_response(const Error& error);
std::string error_body(const Error& error);

/// The plain-text 404 of a path that no resource or action answers.
http::Response not_found_response();

/// `{"data": value}`.
std::string data_body(const Json& value);
/// `{"data": value, "meta": meta}`.
std::string data_body(const Json& value, const JsonObject& meta);
/// What the result of an action becomes: an object with `rows` has its other keys as meta, all else is the
/// data.
std::string result_body(const Json& result);

/// State of an application that cannot answer requests now, or the outcome of a command on it.
struct GatewayError {
  int status = 503;
  bool maintaining = true;
  std::string code;
  std::string message;
  Json command;  ///< `{name, components?}`; null: left out
};

/// Names as in the application's state machine: not_found, preparing, initializing, initialized, commanding,
/// starting, stopped, error, running; others give 500 `unknown error` with the state as code. `message`
/// replaces the state's own text where that is not empty.
GatewayError app_state_error(std::string_view state, std::string_view app, std::string message = {});

/// `{"error": {status, maintaining, message, code, command?}}`.
std::string gateway_body(const GatewayError& error);
http::Response gateway_response(const GatewayError& error);

}  // namespace flotilla::api
