#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "data/schema/field_type.hpp"

namespace flotilla::data {

enum class OnDelete { no_action, set_null, cascade, restrict };

/// Keys of an association, filled in when the schema is built: nothing in it is empty but `through` and
/// `other_key` outside belongsToMany.
struct Association {
  std::string target;       ///< collection
  std::string foreign_key;  ///< belongsTo, belongsToArray: in this collection; hasOne, hasMany: in target;
                            ///< belongsToMany: in through
  std::string source_key;   ///< hasOne, hasMany, belongsToMany: key of this collection
  std::string target_key;   ///< belongsTo, belongsToMany, belongsToArray: key of target
  std::string through;
  std::string other_key;  ///< in through, points to target
  OnDelete on_delete = OnDelete::no_action;
  std::string sort_by;  ///< fields of target between commas, '-' in front = descending
};

/// One field of a collection. Immutable once its Schema is published.
struct Field {
  std::string name;
  std::string column;    ///< physical name; empty when it has no column
  std::string json_key;  ///< `"name":`, ready for JsonWriter::prepared_key
  FieldType type = FieldType::string;
  ValueClass values = ValueClass::text;
  ColumnKind column_kind = ColumnKind::varchar;
  JsonObject options;  ///< as stored in the metadata, name and type apart
  Association association;

  bool hidden = false;
  bool primary_key = false;
  bool auto_increment = false;
  bool unique = false;
  bool allow_null = true;
  bool inherited = false;  ///< its column is a parent collection's, and so is it unless it is declared anew
  bool implicit = false;  ///< made by Flotilla (id, foreign keys …), not listed among the collection's fields
  bool managed = true;    ///< filled and maintained on save; implicit sort and creator columns are not
  bool millis = false;    ///< unixTimestamp counted in milliseconds
  int scale = 0;          ///< of decimal

  bool is_association() const { return data::is_association(type); }
  /// What people call it: uiSchema.title, else title, else the name. Translation marks `{{t("X")}}` are
  /// unwrapped.
  std::string label() const;
  ColumnDef column_def() const;
  const Json* option(std::string_view key) const { return json::find(options, key); }
};

/// Reads `{name, type, …}`. Throws Error 400 naming the field: unsupported type, identifier too long, bad
/// name. Association keys are left as given; Schema::build completes them.
Field parse_field(const JsonObject& definition, bool underscored);

/// `{{t("Title")}}` -> `Title`; other text unchanged.
std::string untranslated(std::string_view text);

inline constexpr std::size_t kIdentifierLengthMax = 63;
/// Throws Error 400 unless 1-63 characters without quotes, control characters, semicolons or backslashes.
void check_identifier(std::string_view what, std::string_view identifier);

}  // namespace flotilla::data
