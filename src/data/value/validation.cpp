#include "data/value/validation.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/strings.hpp"
#include "data/value/validation_rule.hpp"

namespace flotilla::data {
namespace {

ValidationRules read_rules(const JsonObject& validation) {
  ValidationRules out;
  const Json* rules = json::find(validation, "rules");
  if (!rules || !rules->is_array()) return out;
  for (const Json& entry : rules->get_array()) {
    if (!entry.is_object()) continue;
    std::string_view name = json::text(entry.get_object(), "name");
    if (name.empty()) name = json::text(entry.get_object(), "key");
    if (!name.empty()) out.push_back({name, json::find(entry.get_object(), "args")});
  }
  return out;
}

bool has(const ValidationRules& rules, std::string_view name) {
  return std::ranges::find(rules, name, &ValidationRule::name) != rules.end();
}

/// The values of `valid` and `invalid`: a list in args, or in one of its members.
const JsonArray* listed(const ValidationRule& rule) {
  if (!rule.args) return nullptr;
  if (rule.args->is_array()) return &rule.args->get_array();
  const Json* values = rule.argument("values");
  return values && values->is_array() ? &values->get_array() : nullptr;
}

void validate_listed(const ValidationRules& rules, const Json& value, ValidationReport& report) {
  for (const ValidationRule& rule : rules) {
    if (rule.name != "valid" && rule.name != "invalid") continue;
    const JsonArray* values = listed(rule);
    if (!values) continue;
    const bool found = std::ranges::find(*values, value) != values->end();
    if (rule.name == "invalid") {
      report.require(!found, "contains an invalid value");
    } else if (!found) {
      std::vector<std::string> shown;
      for (const Json& item : *values) shown.push_back(json::to_text(item));
      report.fail(fmt::format("must be {}[{}]", values->size() == 1 ? "" : "one of ", join(shown, ", ")));
    }
  }
}

}  // namespace

const Json* ValidationRule::option(std::string_view key) const {
  return args && args->is_object() ? json::find(args->get_object(), key) : nullptr;
}

const Json* ValidationRule::argument(std::string_view key) const {
  if (!args || args->is_null()) return nullptr;
  if (args->is_object()) {
    const JsonObject& named = args->get_object();
    if (const Json* value = json::find(named, key)) return value;
    return named.empty() ? nullptr : &named.begin()->value();
  }
  if (args->is_array()) return args->get_array().empty() ? nullptr : &args->get_array().front();
  return args;
}

std::optional<double> ValidationRule::number(std::string_view key) const {
  const Json* value = argument(key);
  return value ? numeric(*value) : std::nullopt;
}

std::optional<double> numeric(const Json& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  if (!value.is_string()) return std::nullopt;
  std::string_view text = trim(std::string_view(value.get_string().data(), value.get_string().size()));
  double out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(out)) return std::nullopt;
  return out;
}

std::string number_text(double value) {
  return std::floor(value) == value && std::abs(value) < 1e21 ? fmt::format("{:.0f}", value)
                                                              : fmt::format("{}", value);
}

std::vector<std::string> validate(const JsonObject& validation, const Json& value, std::string_view label,
                                  std::optional<std::int64_t> now_ms) {
  std::vector<std::string> messages;
  ValidationReport report(label, messages);
  const ValidationRules rules = read_rules(validation);
  const std::string_view type = json::text(validation, "type");
  const bool required = has(rules, "required");
  if (value.is_null()) {
    if (required) report.fail("is required");
    return messages;
  }
  if (type == "string" && value.is_string() && value.get_string().empty()) {
    if (required) report.fail("is not allowed to be empty");
    return messages;
  }
  if (rules.empty()) return messages;
  if (type == "string")
    validate_text(rules, value, report);
  else if (type == "number")
    validate_number(rules, value, report);
  else if (type == "date")
    validate_date(rules, value, now_ms, report);
  else if (type == "array")
    validate_array(rules, value, report);
  else if (type == "object")
    validate_object(rules, value, report);
  else if (type == "boolean")
    report.require(value.is_bool() || value == "true" || value == "false", "must be a boolean");
  validate_listed(rules, value, report);
  return messages;
}

}  // namespace flotilla::data
