#pragma once

#include "api/actions/target.hpp"
#include "data/model/editor.hpp"

namespace flotilla::api {

/// Rows of a metadata table that the request's filter, key, sort and page choose: the values of `column` in
/// order.
struct ChosenRows {
  std::vector<std::string> values;
  std::int64_t count = 0;  ///< of all pages
};
/// `owner`: only rows of that collection (`collections/posts/fields`); empty: all.
Task<ChosenRows> choose_rows(Context& context, std::string_view table, std::string_view column,
                             const std::string& owner, bool one);

/// The body of a list: `data` and, when paginated, `meta`.
std::string list_body(const Context& context, JsonArray rows, std::int64_t count);

/// Keeps only what `fields` of the request names, and what is always shown.
void keep_fields(const Context& context, JsonObject& row);

/// A collection as the API shows it, with `fields` when appended.
JsonObject collection_answer(const Context& context, const data::Metadata& metadata, const JsonObject& row,
                             bool with_fields);
/// Throws Error 409 when somebody has removed the collection meanwhile.
const JsonObject& row_of(const data::Metadata& metadata, std::string_view collection);
/// Fields of a collection in their order: by sort, then foreign keys last.
std::vector<const JsonObject*> ordered_fields(const data::Metadata& metadata, std::string_view collection);

bool appends(const Context& context, std::string_view name);

/// Runs an edit of the metadata; the new schema is in force when it returns.
Task<void> change_metadata(Context& context, std::function<Task<void>(data::MetadataEditor&)> edit);
/// Likewise for what is in the database already: `edit` looks at it, and no table is changed.
Task<void> adopt_metadata(
    Context& context,
    std::function<Task<void>(data::Session&, const data::Schema&, data::MetadataEditor&)> edit);

}  // namespace flotilla::api
