#include "auth/server_scope.hpp"

namespace flotilla::auth {

Task<JsonArray> read_rows(data::Session& session, const data::RequestScope& scope,
                          const data::Collection& collection, const data::ListRequest& request,
                          const data::Source* source) {
  std::string text;
  JsonWriter out(text);
  out.begin_object();
  co_await data::list(session, scope, collection, source, request, out);
  out.end_object();
  Json answer = json::parse(text);
  co_return std::move(answer.as_object().at("data").as_array());
}

}  // namespace flotilla::auth
