#include "api/envelope.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/json_writer.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

/// Messages quote what callers sent; bytes that are no UTF-8 must not make the answer unreadable.
std::string readable(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x80)
      out += c;
    else if (!out.ends_with("\xEF\xBF\xBD"))
      out += "\xEF\xBF\xBD";
  }
  return out;
}

struct StateText {
  std::string_view state;
  std::string_view code;
  int status;
  std::string_view message;
};

constexpr StateText kStates[] = {
    {"not_found", "APP_NOT_FOUND", 404, "application {} not found"},
    {"preparing", "APP_PREPARING", 503, "application {} is preparing, please wait patiently"},
    {"initializing", "APP_INITIALIZING", 503, "application {} is initializing, please wait patiently"},
    {"initialized", "APP_INITIALIZED", 503, "application {} is initialized, waiting for command"},
    {"commanding", "APP_COMMANDING", 503, "application {} is running a command"},
    {"starting", "APP_STARTING", 503, "application {} is starting"},
    {"stopped", "APP_STOPPED", 503, "application {} is stopped"},
    {"error", "APP_ERROR", 503, "application {} failed"},
    {"running", "APP_RUNNING", 200, "application {} is running"},
};

}  // namespace

std::string error_body(const Error& error) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("errors");
  writer.begin_array();
  for (const Error::Item& item : error.items()) {
    writer.begin_object();
    writer.key("message");
    writer.string(readable(item.message));
    if (!item.code.empty()) {
      writer.key("code");
      writer.string(item.code);
    }
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out;
}

http::Response error_response(const Error& error) {
  http::Response response;
  response.status = error.status();
  response.body = error_body(error);
  return response;
}

http::Response not_found_response() {
  http::Response response;
  response.status = 404;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "Not Found";
  return response;
}

std::string data_body(const Json& value) { return "{\"data\":" + json::dump(value) + '}'; }

std::string data_body(const Json& value, const JsonObject& meta) {
  return "{\"data\":" + json::dump(value) + ",\"meta\":" + json::dump(meta) + '}';
}

std::string result_body(const Json& result) {
  const Json* rows = result.is_object() ? json::find(result.get_object(), "rows") : nullptr;
  if (!rows) return data_body(result);
  JsonObject meta = result.get_object();
  meta.erase("rows");
  return data_body(*rows, meta);
}

GatewayError app_state_error(std::string_view state, std::string_view app, std::string message) {
  GatewayError error;
  for (const StateText& known : kStates) {
    if (known.state != state) continue;
    error.status = known.status;
    error.maintaining = state != "running";
    error.code = known.code;
    error.message = message.empty() ? fmt::format(fmt::runtime(known.message), app) : std::move(message);
    return error;
  }
  error.status = 500;
  error.code = state;
  error.message = message.empty() ? "unknown error" : std::move(message);
  return error;
}

std::string gateway_body(const GatewayError& error) {
  JsonObject inner{{"status", error.status},
                   {"maintaining", error.maintaining},
                   {"message", readable(error.message)},
                   {"code", readable(error.code)}};
  if (!error.command.is_null()) inner["command"] = error.command;
  JsonObject outer;
  outer["error"] = std::move(inner);
  return json::dump(outer);
}

http::Response gateway_response(const GatewayError& error) {
  http::Response response;
  response.status = error.status;
  response.content_type = "application/json";
  response.body = gateway_body(error);
  return response;
}

}  // namespace flotilla::api
