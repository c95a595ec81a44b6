#include "api/acl_meta.hpp"
#include "api/actions/actions.hpp"
#include "api/actions/target.hpp"
#include "api/services.hpp"
#include "base/error.hpp"
#include "data/read/aggregate.hpp"

namespace flotilla::api {
namespace {

constexpr std::size_t kAnswerBytesExpected = 8 * 1024;

/// Lets `read` write the members of the answer's object on a connection for reading.
Task<std::string> answer_of_read(
    Context& context,
    std::function<Task<void>(data::Session&, const data::RequestScope&, JsonWriter&)> read) {
  const data::RequestScope scope = context.scope();
  std::string body;
  body.reserve(kAnswerBytesExpected);
  data::Work work = [&](data::Session& session) -> Task<void> {
    JsonWriter out(body);
    out.begin_object();
    co_await read(session, scope, out);
    out.end_object();
  };
  co_await context.services.database.read(work);
  co_return body;
}

Task<std::string> run_list(Context& context) {
  const Target target = target_of(context);
  data::ListRequest request = list_request(context);
  const Paging paging = context.params.paging();
  request.page = paging.page;
  request.page_size = paging.page_size;
  request.paginate = paging.paginate;
  request.tree = context.params.flag("tree");
  co_await add_acl_meta(context, *target.collection, request);
  auto read = [&](data::Session& session, const data::RequestScope& scope, JsonWriter& out) -> Task<void> {
    std::optional<data::Source> source = co_await source_of(session, context, target, scope, false);
    co_await data::list(session, scope, *target.collection, source ? &*source : nullptr, request, out);
  };
  co_return co_await answer_of_read(context, read);
}

Task<std::string> run_get(Context& context) {
  const Target target = target_of(context);
  data::ListRequest request = list_request(context);
  // A to-one association has one record: its key is ignored.
  if (target.association && context.route.has_source_id && !target.to_many()) request.keys.reset();
  co_await add_acl_meta(context, *target.collection, request);
  auto read = [&](data::Session& session, const data::RequestScope& scope, JsonWriter& out) -> Task<void> {
    std::optional<data::Source> source = co_await source_of(session, context, target, scope, false);
    co_await data::get(session, scope, *target.collection, source ? &*source : nullptr, request, out);
  };
  co_return co_await answer_of_read(context, read);
}

Task<std::string> run_query(Context& context) {
  const Target target = target_of(context);
  if (target.association) throw bad_request("query does not work on associations");
  if (!context.params.values.is_object())
    throw bad_request("Query action requires at least one measure or dimension");
  auto read = [&](data::Session& session, const data::RequestScope& scope, JsonWriter& out) -> Task<void> {
    co_await data::aggregate(session, scope, *target.collection, context.params.values.get_object(), out,
                             context.permit.rule, context.permit.read_limits());
  };
  co_return co_await answer_of_read(context, read);
}

}  // namespace

void register_read_actions(ActionRegistry& registry) {
  registry.add("*:list", Access::granted, run_list);
  registry.add("*:get", Access::granted, run_get);
  registry.add("*:query", Access::granted, run_query);
}

}  // namespace flotilla::api
