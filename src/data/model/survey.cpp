#include "data/model/survey.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "data/model/metadata.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {

namespace {

Task<bool> has_table(Session& session, const std::string& table) {
  const Fragment columns = session.dialect().columns_query(table);
  const Rows rows = co_await session.query(columns);
  co_return !rows.empty();
}

Task<std::vector<std::string>> enabled_plugins(Session& session, const Collection& plugins) {
  std::vector<std::string> out;
  const Dialect& dialect = session.dialect();
  sql::Select query;
  query.table = plugins.table;
  query.columns = {dialect.quote(plugins.field("name").column)};
  query.where =
      sql::compare(dialect.quote(plugins.field("enabled").column), sql::Compare::equal, Param(true));
  const Fragment statement = sql::select(dialect, query);
  const Rows rows = co_await session.query(statement);
  for (std::size_t row = 0; row < rows.size(); ++row) out.push_back(rows.at(row, 0).as_text());
  std::ranges::sort(out);
  co_return out;
}

void look_at(const Metadata& metadata, const NamingRules& rules, Survey& out) {
  out.collections = metadata.collections.size();
  for (const auto& [owner, fields] : metadata.fields) out.fields += fields.size();
  for (const JsonObject& collection : metadata.collections) {
    const std::string name(json::text(collection, "name"));
    const Json* parents = json::find(collection, "inherits");
    if (parents && json::truthy(*parents) && !rules.inheritance)
      out.problems.push_back("collection \"" + name +
                             "\" inherits from others: their rows are not among its own");
    if (json::text(collection, "template") == "file")
      out.problems.push_back("collection \"" + name +
                             "\" holds files: its records are served, uploads are not");
  }
  try {
    build_schema(metadata, rules, 0, &out.problems);
  } catch (const Error& error) {
    out.problems.push_back(std::string("the collections do not fit together: ") + error.what());
  }
}

}  // namespace

Task<Survey> survey(Database& database, const NamingRules& given) {
  Survey out;
  NamingRules rules = given;
  rules.inheritance = database.dialect().has_inheritance();
  const std::shared_ptr<const Schema> system = build_schema({}, rules, 0);
  Work work = [&](Session& session) -> Task<void> {
    out = {};
    for (const char* table : {"collections", "fields"})
      if (!co_await has_table(session, system->collection(table).table)) co_return;
    out.installed = true;
    const Metadata metadata = co_await read_metadata(session, *system);
    look_at(metadata, rules, out);
    const Collection& plugins = system->collection("applicationPlugins");
    if (co_await has_table(session, plugins.table))
      out.enabled_plugins = co_await enabled_plugins(session, plugins);
  };
  co_await database.read(work);
  co_return out;
}

}  // namespace flotilla::data
