#include "api/commit.hpp"

#include "api/origin.hpp"
#include "api/permission_changes.hpp"
#include "api/services.hpp"

namespace flotilla::api {
namespace {

Task<void> finish(Context& context, data::Session& session) {
  if (context.changes->empty()) co_return;
  co_await count_permission_change(context, session);
  for (data::ChangeWatcher* watcher : context.services.watchers)
    co_await watcher->before_commit(session, *context.changes);
}

}  // namespace

Task<void> commit(Context& context, const data::Work& work) {
  context.changes->origin = origin_of(context);
  data::Work whole = [&](data::Session& session) -> Task<void> {
    context.changes->clear();
    co_await work(session);
    co_await finish(context, session);
  };
  co_await context.services.database.write(whole);
  context.changes->clear();
}

Task<std::vector<std::string>> commit_schema(Context& context, const data::Model::Edit& edit,
                                             const data::ChangeOptions& options) {
  context.changes->origin = origin_of(context);
  data::Model::Edit whole = [&](data::Session& session, const data::Schema& schema,
                                const data::Metadata& metadata) -> Task<void> {
    context.changes->clear();
    co_await edit(session, schema, metadata);
    co_await finish(context, session);
  };
  std::vector<std::string> jobs = co_await context.services.model.change(whole, options);
  context.changes->clear();
  co_return jobs;
}

}  // namespace flotilla::api
