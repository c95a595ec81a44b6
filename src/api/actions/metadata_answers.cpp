#include "api/actions/metadata_answers.hpp"

#include <algorithm>

#include "api/actions/role_grants.hpp"
#include "api/commit.hpp"
#include "api/envelope.hpp"
#include "api/services.hpp"
#include "base/error.hpp"
#include "data/online/schema_jobs.hpp"

namespace flotilla::api {
namespace {

/// For how long a request waits for an index that it wants on a large table.
constexpr std::chrono::milliseconds kJobPatience{2'000};

}  // namespace

bool appends(const Context& context, std::string_view name) {
  return std::ranges::find(context.params.appends, name) != context.params.appends.end();
}

Task<ChosenRows> choose_rows(Context& context, std::string_view table, std::string_view column,
                             const std::string& owner, bool one) {
  const data::Collection& c = context.schema->collection(table);
  const data::RequestScope scope = context.scope();
  data::ListRequest request = list_request(context);
  request.selection = {};
  // A field is addressed by its name within its collection, otherwise by its key.
  if (!owner.empty()) {
    JsonArray all{JsonObject{{"collectionName", Json(owner)}}};
    if (request.keys)
      all.push_back(request.keys->is_array() ? JsonObject{{"name", {{"$in", *request.keys}}}}
                                             : JsonObject{{"name", *request.keys}});
    request.keys.reset();
    if (!request.filter.is_null()) all.push_back(request.filter);
    request.filter = JsonObject{{"$and", std::move(all)}};
  }
  if (request.sort.empty()) request.sort = {"sort"};
  const Paging paging = context.params.paging();
  data::Selection selection;
  selection.collection = &c;
  selection.columns = {&c.field(column)};
  selection.shown = 1;
  selection.unrestricted = false;
  ChosenRows chosen;
  data::Work work = [&](data::Session& session) -> Task<void> {
    data::Records records =
        co_await data::find_records(session, scope, c, nullptr, request, selection, one ? 1 : -1, 0);
    for (std::size_t row = 0; row < records.rows.size(); ++row)
      chosen.values.push_back(records.rows.at(row, 0).as_text());
  };
  co_await context.services.database.read(work);
  chosen.count = static_cast<std::int64_t>(chosen.values.size());
  if (!one && paging.paginate) {
    const auto from = std::min<std::size_t>(
        static_cast<std::size_t>(std::max<std::int64_t>(0, paging.offset())), chosen.values.size());
    const auto to = std::min(from + static_cast<std::size_t>(paging.limit()), chosen.values.size());
    chosen.values = {chosen.values.begin() + static_cast<std::ptrdiff_t>(from),
                     chosen.values.begin() + static_cast<std::ptrdiff_t>(to)};
  }
  co_return chosen;
}

std::string list_body(const Context& context, JsonArray rows, std::int64_t count) {
  const Paging paging = context.params.paging();
  if (!paging.paginate) return data_body(Json(std::move(rows)));
  JsonObject meta{{"count", count}, {"page", paging.page}, {"pageSize", paging.page_size}};
  for (std::string_view key : {"page", "pageSize"}) {
    if (json::is_integer(meta[key])) meta[key] = static_cast<std::int64_t>(meta[key].as_double());
  }
  std::optional<std::int64_t> pages = paging.total_pages(count);
  meta["totalPage"] = pages ? Json(*pages) : Json(nullptr);
  return data_body(Json(std::move(rows)), meta);
}

void keep_fields(const Context& context, JsonObject& row) {
  if (!context.params.fields) return;
  JsonObject kept;
  for (const auto& [key, value] : row) {
    const bool always = key == "filterTargetKey" || key == "unavailableActions" ||
                        (key == "fields" && appends(context, "fields"));
    if (always ||
        std::ranges::find(*context.params.fields, std::string_view(key)) != context.params.fields->end())
      kept[key] = value;
  }
  row = std::move(kept);
}

const JsonObject& row_of(const data::Metadata& metadata, std::string_view collection) {
  const JsonObject* row = metadata.collection(collection);
  if (!row) throw conflict("collection \"" + std::string(collection) + "\" was removed meanwhile");
  return *row;
}

std::vector<const JsonObject*> ordered_fields(const data::Metadata& metadata, std::string_view collection) {
  std::vector<const JsonObject*> out;
  auto fields = metadata.fields.find(collection);
  if (fields == metadata.fields.end()) return out;
  for (const JsonObject& field : fields->second) out.push_back(&field);
  std::ranges::stable_sort(out, {}, [](const JsonObject* field) {
    const Json* sort = json::find(*field, "sort");
    return std::pair(sort && sort->is_int64() ? sort->get_int64() : 0, json::truthy(*field, "isForeignKey"));
  });
  return out;
}

JsonObject collection_answer(const Context& context, const data::Metadata& metadata, const JsonObject& row,
                             bool with_fields) {
  JsonObject out = data::shown_collection(row, *context.services.model.schema());
  if (with_fields) {
    JsonArray fields;
    for (const JsonObject* field : ordered_fields(metadata, json::text(row, "name")))
      fields.push_back(data::shown_field(*field));
    out["fields"] = std::move(fields);
  }
  return out;
}

namespace {

/// Short ones are waited for; a long one is named, and the answer is 202 (RFC 9110, 15.3.3).
Task<void> await_schema_job(Context& context, const std::string& key) {
  const Services& services = context.services;
  const std::optional<data::SchemaJob> job =
      co_await data::await_job(services.database, services.model, key, kJobPatience);
  if (!job) co_return;
  if (job->state == data::SchemaJob::State::failed) throw Error(409, job->error, "NOT_UNIQUE");
  if (job->finished()) {
    co_await services.model.follow();  // another node may have made it
    co_return;
  }
  context.status = 202;
  context.headers.emplace_back("Location",
                               services.settings.api_base_path + "schemaChanges:get?filterByTk=" + key);
}

using Names = std::vector<std::string>;

Names field_names(const data::Metadata& metadata, std::string_view collection) {
  Names out;
  auto fields = metadata.fields.find(collection);
  if (fields == metadata.fields.end()) return out;
  for (const JsonObject& field : fields->second) out.emplace_back(json::text(field, "name"));
  return out;
}

Names missing_in(const Names& names, const Names& others) {
  Names out;
  std::ranges::copy_if(names, std::back_inserter(out), [&](const std::string& name) {
    return std::ranges::find(others, name) == others.end();
  });
  return out;
}

/// Grants of roles speak of collections and fields by name: they follow what a change has made of these.
Task<void> follow_with_grants(data::Session& session, const data::Schema& schema,
                              const data::WriteScope& writing, const data::Metadata& before) {
  const data::Metadata after = co_await data::read_metadata(session, schema);
  for (const JsonObject& row : before.collections) {
    const std::string name(json::text(row, "name"));
    if (!after.collection(name)) {
      co_await revoke_grants(session, writing, name);
      continue;
    }
    const Names were = field_names(before, name), are = field_names(after, name);
    if (const Names fresh = missing_in(are, were); !fresh.empty())
      co_await add_field_to_grants(session, writing, name, fresh);
    if (const Names gone = missing_in(were, are); !gone.empty())
      co_await remove_field_from_grants(session, writing, name, gone);
  }
}

using Look = std::function<Task<void>(data::Session&, const data::Schema&, data::MetadataEditor&)>;

Task<void> run_change(Context& context, Look edit, const data::ChangeOptions& options) {
  const data::RequestScope scope = context.scope();
  data::Model::Edit change = [&](data::Session& session, const data::Schema& schema,
                                 const data::Metadata& metadata) -> Task<void> {
    data::RequestScope current{schema,        scope.zone, scope.now_ms, scope.request_minutes,
                               scope.user_id, scope.state};
    const data::WriteScope writing(current, context.services.random, context.services.next_id,
                                   context.changes.get());
    data::MetadataEditor editor(session, schema, metadata, writing);
    co_await edit(session, schema, editor);
    co_await follow_with_grants(session, schema, writing, metadata);
  };
  const std::vector<std::string> jobs = co_await commit_schema(context, change, options);
  for (const std::string& job : jobs) co_await await_schema_job(context, job);
  context.schema = context.services.model.schema();
}

}  // namespace

Task<void> change_metadata(Context& context, std::function<Task<void>(data::MetadataEditor&)> edit) {
  Look look = [&](data::Session&, const data::Schema&, data::MetadataEditor& editor) -> Task<void> {
    co_await edit(editor);
  };
  const data::ChangeOptions options{
      .allow_blocking = context.params.flag("allowBlocking"), .tables_stay = false, .built = {}};
  co_await run_change(context, look, options);
}

Task<void> adopt_metadata(Context& context, Look edit) {
  const data::ChangeOptions options{.allow_blocking = false, .tables_stay = true, .built = {}};
  co_await run_change(context, std::move(edit), options);
}

}  // namespace flotilla::api
