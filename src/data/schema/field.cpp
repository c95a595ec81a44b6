#include "data/schema/field.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/strings.hpp"

namespace flotilla::data {
namespace {

OnDelete parse_on_delete(std::string_view text) {
  if (iequals(text, "CASCADE")) return OnDelete::cascade;
  if (iequals(text, "SET NULL")) return OnDelete::set_null;
  if (iequals(text, "RESTRICT")) return OnDelete::restrict;
  return OnDelete::no_action;
}

/// context and formula fields are stored as their `dataType` says.
void apply_data_type(Field& field) {
  std::string_view data_type = json::text(field.options, "dataType");
  const FieldTypeInfo* info = data_type.empty() ? nullptr : find_field_type(data_type);
  if (!info || !has_column(info->type)) return;
  field.column_kind = info->column;
  field.values = info->values;
}

int int_option(const JsonObject& options, std::string_view key, int fallback) {
  const Json* value = json::find(options, key);
  return value && value->is_int64() ? static_cast<int>(value->get_int64()) : fallback;
}

/// Text, or a list of texts joined by commas.
std::string name_list(const JsonObject& options, std::string_view key) {
  const Json* value = json::find(options, key);
  return value && (value->is_string() || value->is_array()) ? json::to_text(*value) : std::string();
}

std::optional<Param> default_param(const Field& field) {
  const Json* value = field.option("defaultValue");
  if (!value || value->is_null()) return std::nullopt;
  switch (field.values) {
    case ValueClass::boolean:
      if (value->is_bool()) return Param(value->get_bool());
      return std::nullopt;
    case ValueClass::integer:
    case ValueClass::number:
      if (value->is_int64()) return Param(value->get_int64());
      if (value->is_double()) return Param(value->get_double());
      return std::nullopt;
    case ValueClass::text:
      if (value->is_string()) return Param(std::string(value->get_string()));
      return std::nullopt;
    default:
      return std::nullopt;  // filled by the server on create instead
  }
}

}  // namespace

std::string untranslated(std::string_view text) {
  std::size_t from = text.find("{{t(");
  if (from == text.npos) return std::string(text);
  std::size_t open = text.find_first_of("\"'", from);
  if (open == text.npos) return std::string(text);
  std::size_t close = text.find(text[open], open + 1);
  if (close == text.npos) return std::string(text);
  return std::string(text.substr(open + 1, close - open - 1));
}

std::string Field::label() const {
  if (const Json* ui = option("uiSchema"); ui && ui->is_object()) {
    std::string_view title = json::text(ui->get_object(), "title");
    if (!title.empty()) return untranslated(title);
  }
  std::string_view title = json::text(options, "title");
  return title.empty() ? name : untranslated(title);
}

ColumnDef Field::column_def() const {
  ColumnDef def;
  def.name = column;
  def.kind = column_kind;
  def.length = int_option(options, "length", 0);
  def.precision = int_option(options, "precision", 10);
  def.scale = scale;
  def.not_null = primary_key;
  def.primary_key = primary_key;
  def.auto_increment = auto_increment;
  def.default_value = default_param(*this);
  return def;
}

void check_identifier(std::string_view what, std::string_view identifier) {
  if (identifier.size() > kIdentifierLengthMax)
    throw bad_request(
        fmt::format("Identifier {} is too long: at most {} characters", identifier, kIdentifierLengthMax));
  if (identifier.empty()) throw bad_request(fmt::format("{} must not be empty", what));
  for (unsigned char c : identifier) {
    if (c < 0x20 || std::string_view("\"'`;\\?[]$").contains(static_cast<char>(c)))
      throw bad_request(fmt::format("{} \"{}\" has a character that is not allowed", what, identifier));
  }
}

Field parse_field(const JsonObject& definition, bool underscored) {
  Field field;
  field.name = json::text(definition, "name");
  check_identifier("field name", field.name);

  const Json* type = json::find(definition, "type");
  std::string type_name = type ? json::to_text(*type) : "null";
  const FieldTypeInfo* info = find_field_type(type_name);
  if (!info) throw bad_request(fmt::format("unsupported field type {}", type_name));

  field.type = info->type;
  field.values = info->values;
  field.column_kind = info->column;
  field.json_key = JsonWriter::quoted_key(field.name);
  field.options = definition;
  field.hidden = json::truthy(definition, "hidden");
  field.primary_key = json::truthy(definition, "primaryKey");
  field.auto_increment = json::truthy(definition, "autoIncrement");
  field.unique = json::truthy(definition, "unique");
  const Json* allow_null = json::find(definition, "allowNull");
  field.allow_null = !(allow_null && allow_null->is_bool() && !allow_null->get_bool());
  field.millis = json::text(definition, "accuracy") == "millisecond";
  field.scale = int_option(definition, "scale", 0);
  if (field.type == FieldType::json && json::truthy(definition, "jsonb"))
    field.column_kind = ColumnKind::jsonb;
  if (field.type == FieldType::context || field.type == FieldType::formula) apply_data_type(field);

  if (has_column(field.type)) {
    std::string_view column = json::text(definition, "field");
    field.column = column.empty() ? (underscored ? snake_case(field.name) : field.name) : std::string(column);
    check_identifier("column name", field.column);
  }
  if (field.is_association()) {
    Association& a = field.association;
    a.target = json::text(definition, "target");
    a.foreign_key = json::text(definition, "foreignKey");
    a.source_key = json::text(definition, "sourceKey");
    a.target_key = json::text(definition, "targetKey");
    a.through = json::text(definition, "through");
    a.other_key = json::text(definition, "otherKey");
    a.on_delete = parse_on_delete(json::text(definition, "onDelete"));
    a.sort_by = name_list(definition, "sortBy");
    for (const std::string* key : {&a.foreign_key, &a.other_key, &a.through, &a.target}) {
      if (!key->empty()) check_identifier("identifier", *key);
    }
  }
  return field;
}

}  // namespace flotilla::data
