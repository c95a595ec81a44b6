// dbViews: views of the database that could become collections, and what is in them.
#include <algorithm>
#include <set>

#include "api/actions/actions.hpp"
#include "api/actions/view_rows.hpp"
#include "api/envelope.hpp"
#include "api/services.hpp"
#include "base/error.hpp"
#include "data/model/table_import.hpp"
#include "data/schema/table_info.hpp"

namespace flotilla::api {
namespace {

struct View {
  std::string name;
  std::string definition;
};

Task<std::vector<View>> views_of(data::Session& session) {
  std::vector<View> out;
  const data::Fragment query = session.dialect().views_query();
  if (query.empty()) co_return out;
  const data::Rows rows = co_await session.query(query);
  for (std::size_t row = 0; row < rows.size(); ++row)
    out.push_back({rows.at(row, 0).as_text(), rows.at(row, 1).as_text()});
  co_return out;
}

/// Views that no collection stands for yet.
Task<std::string> run_list(Context& context) {
  std::set<std::string, std::less<>> claimed;
  for (const auto& [name, c] : context.schema->collections()) claimed.insert(c.table);
  JsonArray rows;
  data::Work work = [&](data::Session& session) -> Task<void> {
    rows.clear();
    for (View& view : co_await views_of(session)) {
      if (claimed.contains(view.name)) continue;
      rows.push_back(JsonObject{{"name", view.name}, {"definition", view.definition}});
    }
  };
  co_await context.services.database.read(work);
  co_return data_body(Json(std::move(rows)));
}

Task<View> addressed_view(data::Session& session, const Context& context) {
  const std::string name = json::to_text(context.params.filter_by_tk);
  std::vector<View> views = co_await views_of(session);
  auto at = std::ranges::find(views, name, &View::name);
  if (at == views.end()) throw Error(404, "there is no view \"" + name + "\"");
  co_return *at;
}

/// The columns of a view as fields: what they show of which collection, else what their type allows.
Task<std::string> run_get(Context& context) {
  JsonArray fields, unsupported, sources;
  data::Work work = [&](data::Session& session) -> Task<void> {
    const View view = co_await addressed_view(session, context);
    const data::TableInfo info = co_await data::describe_table(session, view.name);
    std::vector<std::string> columns;
    for (const data::TableInfo::Column& column : info.columns) columns.push_back(column.name);
    const std::vector<JsonObject> shown = data::fields_of_query(columns, view.definition, *context.schema);
    std::vector<JsonObject> typed = data::fields_of_table(info, session.dialect());
    fields.clear();
    unsupported.clear();
    sources.clear();
    for (std::size_t i = 0; i < typed.size(); ++i) {
      JsonObject& field = typed[i];
      field.erase("interface");
      field.erase("uiSchema");
      for (std::string_view key : {"type", "source"}) {
        if (const Json* value = json::find(shown[i], key)) field[key] = *value;
      }
      if (const Json* of = json::find(shown[i], "collection")) {
        field.erase("possibleTypes");
        if (std::ranges::find(sources, *of) == sources.end()) sources.push_back(*of);
      }
      (field.contains("type") ? fields : unsupported).push_back(std::move(field));
    }
  };
  co_await context.services.database.read(work);
  co_return data_body(JsonObject{{"fields", std::move(fields)},
                                 {"unsupportedFields", std::move(unsupported)},
                                 {"sources", std::move(sources)}});
}

Task<std::string> run_query(Context& context) {
  const Paging paging = context.params.paging(kViewPageSizeDefault);
  JsonArray rows;
  data::Work work = [&](data::Session& session) -> Task<void> {
    const View view = co_await addressed_view(session, context);
    rows = co_await rows_of_relation(session, view.name, paging.limit(), paging.offset());
  };
  co_await context.services.database.read(work);
  co_return data_body(Json(std::move(rows)));
}

}  // namespace

void register_view_actions(ActionRegistry& registry) {
  registry.add("dbViews:list", Access::granted, run_list);
  registry.add("dbViews:get", Access::granted, run_get);
  registry.add("dbViews:query", Access::granted, run_query);
}

}  // namespace flotilla::api
