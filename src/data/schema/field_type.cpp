#include "data/schema/field_type.hpp"

#include <algorithm>
#include <array>

namespace flotilla::data {
namespace {

using enum FieldType;

// Several names may mean one type; the first row of a type is its canonical one.
constexpr std::array kTypes = {
    FieldTypeInfo{string, "string", ColumnKind::varchar, ValueClass::text},
    FieldTypeInfo{text, "text", ColumnKind::text, ValueClass::text},
    FieldTypeInfo{integer, "integer", ColumnKind::integer, ValueClass::integer},
    FieldTypeInfo{big_int, "bigInt", ColumnKind::bigint, ValueClass::integer},
    FieldTypeInfo{float_, "float", ColumnKind::float_, ValueClass::number},
    FieldTypeInfo{double_, "double", ColumnKind::double_, ValueClass::number},
    FieldTypeInfo{real, "real", ColumnKind::real, ValueClass::number},
    FieldTypeInfo{decimal, "decimal", ColumnKind::decimal, ValueClass::decimal},
    FieldTypeInfo{boolean, "boolean", ColumnKind::boolean, ValueClass::boolean},
    FieldTypeInfo{radio, "radio", ColumnKind::boolean, ValueClass::boolean},
    FieldTypeInfo{json, "json", ColumnKind::json, ValueClass::json},
    FieldTypeInfo{jsonb, "jsonb", ColumnKind::jsonb, ValueClass::json},
    FieldTypeInfo{array, "array", ColumnKind::jsonb, ValueClass::list},
    FieldTypeInfo{set, "set", ColumnKind::jsonb, ValueClass::list},
    FieldTypeInfo{date, "date", ColumnKind::timestamp_tz, ValueClass::instant},
    FieldTypeInfo{date, "datetime", ColumnKind::timestamp_tz, ValueClass::instant},
    FieldTypeInfo{date, "datetimeTz", ColumnKind::timestamp_tz, ValueClass::instant},
    FieldTypeInfo{datetime_no_tz, "datetimeNoTz", ColumnKind::timestamp, ValueClass::wall_clock},
    FieldTypeInfo{date_only, "dateOnly", ColumnKind::date, ValueClass::day},
    FieldTypeInfo{time, "time", ColumnKind::time, ValueClass::time_of_day},
    FieldTypeInfo{unix_timestamp, "unixTimestamp", ColumnKind::bigint, ValueClass::unix},
    FieldTypeInfo{uid, "uid", ColumnKind::varchar, ValueClass::text},
    FieldTypeInfo{uuid, "uuid", ColumnKind::uuid, ValueClass::text},
    FieldTypeInfo{nanoid, "nanoid", ColumnKind::varchar, ValueClass::text},
    FieldTypeInfo{snowflake_id, "snowflakeId", ColumnKind::bigint, ValueClass::integer},
    FieldTypeInfo{password, "password", ColumnKind::varchar, ValueClass::text},
    FieldTypeInfo{context, "context", ColumnKind::varchar, ValueClass::text},
    FieldTypeInfo{virtual_, "virtual", ColumnKind::varchar, ValueClass::none},
    FieldTypeInfo{blob, "blob", ColumnKind::blob, ValueClass::blob},
    FieldTypeInfo{sort, "sort", ColumnKind::bigint, ValueClass::integer},
    FieldTypeInfo{sequence, "sequence", ColumnKind::varchar, ValueClass::text},
    FieldTypeInfo{formula, "formula", ColumnKind::double_, ValueClass::number},
    FieldTypeInfo{point, "point", ColumnKind::json, ValueClass::json},
    FieldTypeInfo{line_string, "lineString", ColumnKind::json, ValueClass::json},
    FieldTypeInfo{polygon, "polygon", ColumnKind::json, ValueClass::json},
    FieldTypeInfo{circle, "circle", ColumnKind::json, ValueClass::json},
    FieldTypeInfo{belongs_to, "belongsTo", ColumnKind::bigint, ValueClass::none},
    FieldTypeInfo{has_one, "hasOne", ColumnKind::bigint, ValueClass::none},
    FieldTypeInfo{has_many, "hasMany", ColumnKind::bigint, ValueClass::none},
    FieldTypeInfo{belongs_to_many, "belongsToMany", ColumnKind::bigint, ValueClass::none},
    FieldTypeInfo{belongs_to_array, "belongsToArray", ColumnKind::bigint, ValueClass::none},
};

}  // namespace

const FieldTypeInfo* find_field_type(std::string_view name) {
  auto at = std::ranges::find(kTypes, name, &FieldTypeInfo::name);
  return at == kTypes.end() ? nullptr : &*at;
}

const FieldTypeInfo& field_type_info(FieldType type) {
  return *std::ranges::find(kTypes, type, &FieldTypeInfo::type);
}

}  // namespace flotilla::data
