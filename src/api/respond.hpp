#pragma once

#include "api/context.hpp"
#include "data/sql/database.hpp"

namespace flotilla::api {

/// The answer of an action: its body with the context's status, content type and headers.
http::Response respond(Context& context, std::string body);

/// What the database refused. A caller's mistake is a 4xx, an overloaded or unreachable database 503 with
/// Retry-After, anything else a 500 with the request's id as error id; the database's own words go to the log
/// only.
http::Response sql_error_response(const data::SqlError& error, const http::Request& request);

}  // namespace flotilla::api
