#include "api/respond.hpp"

#include "api/envelope.hpp"
#include "base/log.hpp"

namespace flotilla::api {

http::Response respond(Context& context, std::string body) {
  http::Response response;
  response.status = context.status;
  response.content_type = context.content_type;
  response.body = std::move(body);
  return response;
}

http::Response sql_error_response(const data::SqlError& error, const http::Request& request) {
  using Kind = data::SqlError::Kind;
  switch (error.kind) {
    case Kind::unique:
      return error_response(Error(400, "a record with the same unique value already exists"));
    case Kind::not_null:
      return error_response(Error(400, "a required value is missing"));
    case Kind::unknown_name:
      return error_response(Error(400, "Invalid SQL column or table reference"));
    case Kind::in_use:
      return error_response(
          Error(400, "something else in the database stands on it, such as a view: remove that first"));
    case Kind::invalid_value:
      return error_response(Error(400, "a value does not fit its column"));
    case Kind::busy:
    case Kind::deadlock:
    case Kind::unavailable: {
      log::error("database unavailable", {{"requestId", request.id}, {"reason", error.what()}});
      http::Response response = error_response(
          Error(503, "The database is not available, please try again", "DATABASE_UNAVAILABLE"));
      response.headers.set("Retry-After", "1");
      return response;
    }
    default:
      break;
  }
  log::error("statement failed", {{"requestId", request.id}, {"reason", error.what()}});
  http::Response response;
  response.status = 500;
  response.body = json::dump(JsonObject{
      {"errors", {{{"message", "Internal Server Error"}, {"code", "INTERNAL_ERROR"}, {"id", request.id}}}}});
  return response;
}

}  // namespace flotilla::api
