#include "data/model/sort_numbers.hpp"

namespace flotilla::data {
namespace {

/// The column by which older rows come first.
const Field& age_of(const Collection& c, const Field& key) {
  const bool rises = key.auto_increment || key.type == FieldType::snowflake_id;
  const Field* created = rises ? nullptr : c.find("createdAt");
  return created && !created->column.empty() ? *created : key;
}

}  // namespace

Task<void> number_new_sorts(Session& session, const Schema& before, const Schema& after) {
  for (const auto& [name, c] : after.collections()) {
    const Collection* old = before.find(name);
    const Field* key = c.primary_key();
    if (!old || !key || c.view || old->table != c.table || !old->find(key->name)) continue;
    for (const Field& field : c.fields()) {
      if (field.type != FieldType::sort || field.inherited || old->find(field.name)) continue;
      const Field* scope = c.find(json::text(field.options, "scopeKey"));
      const std::string scoped_by = scope ? scope->column : std::string();
      const Fragment statement = session.dialect().number_rows(c.table, field.column, key->column, scoped_by,
                                                               age_of(c, *key).column);
      co_await session.execute(statement);
    }
  }
}

}  // namespace flotilla::data
