#pragma once

#include <optional>
#include <string_view>

#include "data/sql/dialect.hpp"

namespace flotilla::data {

/// Types of fields, named as in the metadata (`fields.type`).
enum class FieldType {
  string,
  text,
  integer,
  big_int,
  float_,
  double_,
  real,
  decimal,
  boolean,
  radio,
  json,
  jsonb,
  array,
  set,
  date,
  datetime_no_tz,
  date_only,
  time,
  unix_timestamp,
  uid,
  uuid,
  nanoid,
  snowflake_id,
  password,
  context,
  virtual_,
  blob,
  sort,
  sequence,
  formula,
  point,
  line_string,
  polygon,
  circle,
  belongs_to,
  has_one,
  has_many,
  belongs_to_many,
  belongs_to_array,
};

/// How values of a type are compared, checked and shown.
enum class ValueClass {
  text,
  integer,
  number,
  decimal,
  boolean,
  json,
  list,
  instant,
  wall_clock,
  day,
  time_of_day,
  unix,
  blob,
  none
};

struct FieldTypeInfo {
  FieldType type;
  std::string_view name;
  ColumnKind column;
  ValueClass values;
};

/// Null for a name that no type has.
const FieldTypeInfo* find_field_type(std::string_view name);
const FieldTypeInfo& field_type_info(FieldType type);

inline bool is_association(FieldType type) { return type >= FieldType::belongs_to; }
inline bool is_to_many(FieldType type) { return type >= FieldType::has_many; }
inline bool is_to_one(FieldType type) { return type == FieldType::belongs_to || type == FieldType::has_one; }
/// Has a column of its own (virtual fields and associations have none).
inline bool has_column(FieldType type) { return !is_association(type) && type != FieldType::virtual_; }

}  // namespace flotilla::data
