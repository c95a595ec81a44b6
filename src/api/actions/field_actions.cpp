#include <algorithm>

#include "api/actions/actions.hpp"
#include "api/actions/metadata_answers.hpp"
#include "api/envelope.hpp"
#include "api/services.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

/// Where a field request points: `collections/posts/fields`, or `fields` with the collection in the body.
std::string owner_of(const Context& context) {
  if (context.route.association == "fields" && context.route.has_source_id) return context.route.source_id;
  if (context.params.values.is_object())
    return std::string(json::text(context.params.values.get_object(), "collectionName"));
  return {};
}

std::string owner_in_path(const Context& context) {
  return context.route.association == "fields" && context.route.has_source_id ? context.route.source_id
                                                                              : std::string();
}

/// The metadata row of a field by its key.
const JsonObject* by_key(const data::Metadata& metadata, std::string_view key) {
  for (const auto& [owner, fields] : metadata.fields) {
    auto at = std::ranges::find_if(fields,
                                   [&](const JsonObject& field) { return json::text(field, "key") == key; });
    if (at != fields.end()) return &*at;
  }
  return nullptr;
}

struct FieldName {
  std::string collection;
  std::string name;
};

/// Nothing when somebody has removed it meanwhile.
std::optional<FieldName> name_of(const data::Metadata& metadata, std::string_view key) {
  const JsonObject* row = by_key(metadata, key);
  if (!row) return std::nullopt;
  return FieldName{std::string(json::text(*row, "collectionName")), std::string(json::text(*row, "name"))};
}

JsonObject field_answer(const Context& context, const data::Metadata& metadata, const JsonObject& row) {
  JsonObject answer = data::shown_field(row);
  if (appends(context, "reverseField")) {
    const JsonObject* reverse = by_key(metadata, json::text(row, "reverseKey"));
    answer["reverseField"] = reverse ? Json(data::shown_field(*reverse)) : Json(nullptr);
  }
  keep_fields(context, answer);
  return answer;
}

/// Foreign keys share the first sort number; they come after the field that has it.
void settle_order(const data::Metadata& metadata, ChosenRows& chosen, const std::string& owner) {
  if (owner.empty()) return;
  std::vector<std::string> order;
  for (const JsonObject* field : ordered_fields(metadata, owner))
    order.push_back(std::string(json::text(*field, "key")));
  std::ranges::stable_sort(chosen.values, {}, [&](const std::string& key) {
    return std::ranges::find(order, key) - order.begin();
  });
}

bool sorted_by_sort(const Context& context) {
  return context.params.sort.empty() ||
         (context.params.sort.size() == 1 && context.params.sort.front() == "sort");
}

Task<std::string> run_list(Context& context) {
  const std::string owner = owner_in_path(context);
  if (!owner.empty() && !context.services.model.metadata()->collection(owner))
    throw Error(404, "there is no collection \"" + owner + "\"");
  std::shared_ptr<const data::Metadata> metadata = context.services.model.metadata();
  const Paging paging = context.params.paging();
  ChosenRows chosen;
  if (sorted_by_sort(context) && paging.paginate) {
    // Order first, then the page: equal sort numbers must not fall apart between pages.
    Context all = context;
    all.params.others["paginate"] = false;
    chosen = co_await choose_rows(all, "fields", "key", owner, false);
    settle_order(*metadata, chosen, owner);
    const auto from = std::min<std::size_t>(static_cast<std::size_t>(paging.offset()), chosen.values.size());
    const auto to = std::min(from + static_cast<std::size_t>(paging.limit()), chosen.values.size());
    chosen.values = {chosen.values.begin() + static_cast<std::ptrdiff_t>(from),
                     chosen.values.begin() + static_cast<std::ptrdiff_t>(to)};
  } else {
    chosen = co_await choose_rows(context, "fields", "key", owner, false);
    if (sorted_by_sort(context)) settle_order(*metadata, chosen, owner);
  }
  JsonArray rows;
  for (const std::string& key : chosen.values) {
    if (const JsonObject* row = by_key(*metadata, key))
      rows.push_back(field_answer(context, *metadata, *row));
  }
  co_return list_body(context, std::move(rows), chosen.count);
}

Task<std::string> run_get(Context& context) {
  ChosenRows chosen = co_await choose_rows(context, "fields", "key", owner_in_path(context), true);
  std::shared_ptr<const data::Metadata> metadata = context.services.model.metadata();
  const JsonObject* row = chosen.values.empty() ? nullptr : by_key(*metadata, chosen.values.front());
  if (!row) throw Error(404, "there is no such field");
  co_return data_body(field_answer(context, *metadata, *row));
}

Task<std::string> run_create(Context& context) {
  const std::string owner = owner_of(context);
  if (owner.empty()) throw bad_request("collectionName is required");
  if (!context.params.values.is_object()) throw bad_request("the body must be a JSON object");
  JsonObject created;
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    created = co_await editor.create_field(owner, context.params.values.get_object());
  });
  co_return data_body(Json(std::move(created)));
}

Task<std::string> run_update(Context& context) {
  if (!context.params.values.is_object()) throw bad_request("the body must be a JSON object");
  ChosenRows chosen = co_await choose_rows(context, "fields", "key", owner_in_path(context), false);
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    for (const std::string& key : chosen.values) {
      const std::optional<FieldName> field = name_of(editor.metadata(), key);
      if (field)
        co_await editor.update_field(field->collection, field->name, context.params.values.get_object());
    }
  });
  std::shared_ptr<const data::Metadata> after = context.services.model.metadata();
  JsonArray rows;
  for (const std::string& key : chosen.values) {
    if (const JsonObject* row = by_key(*after, key)) rows.push_back(data::shown_field(*row));
  }
  co_return data_body(Json(std::move(rows)));
}

Task<std::string> run_destroy(Context& context) {
  const std::string owner = owner_in_path(context);
  ChosenRows chosen = co_await choose_rows(context, "fields", "key", owner, false);
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    for (const std::string& key : chosen.values) {
      const std::optional<FieldName> field = name_of(editor.metadata(), key);
      if (field) co_await editor.destroy_field(field->collection, field->name);
    }
  });
  co_return data_body(owner.empty() ? Json(chosen.count) : Json(true));
}

}  // namespace

void register_field_actions(ActionRegistry& registry) {
  for (std::string_view resource : {"collections.fields", "fields"}) {
    auto add = [&](std::string_view action, ActionHandler run) {
      registry.add(std::string(resource) + ":" + std::string(action), Access::granted, std::move(run));
    };
    add("list", run_list);
    add("get", run_get);
    add("create", run_create);
    add("update", run_update);
    add("destroy", run_destroy);
  }
}

}  // namespace flotilla::api
