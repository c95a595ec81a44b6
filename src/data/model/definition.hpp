#pragma once

#include <optional>

#include "base/random.hpp"
#include "data/model/metadata.hpp"

namespace flotilla::data {

/// A collection as given through the API with what it lacks: name, key, title, flags. `fields` is taken out.
/// Throws Error 400 for a bad name.
JsonObject complete_collection(const JsonObject& given, Random& random);

/// A field as given through the API with what it lacks: key, name, keys of associations. `reverseField` is
/// taken out. Throws Error 400 for an unsupported type or a bad name.
JsonObject complete_field(const JsonObject& given, std::string_view collection, const Schema& schema,
                          Random& random);

/// The counterpart of an association, as `reverseField` asks for it: mirrored keys, the same onDelete.
JsonObject mirrored_field(const JsonObject& field, const JsonObject& reverse, Random& random);

/// A row of `fields` for each foreign key that the association needs and nobody declared yet.
struct ForeignKeyField {
  std::string collection;
  JsonObject definition;
};
std::vector<ForeignKeyField> foreign_key_fields(const JsonObject& field, const Metadata& metadata,
                                                const Schema& schema, Random& random);

/// The hidden field of the target in which a sortable hasMany keeps the order of its items; nothing for other
/// fields.
std::optional<JsonObject> items_sort_field(const JsonObject& field);

/// What the API shows of a collection: `sort` left out, filterTargetKey and unavailableActions filled in.
JsonObject shown_collection(const JsonObject& row, const Schema& schema);
/// What the API shows of a field: `sort` left out.
JsonObject shown_field(const JsonObject& row);

}  // namespace flotilla::data
