#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace flotilla::data {

/// One entry of validation.rules.
struct ValidationRule {
  std::string_view name;
  const Json* args = nullptr;

  /// Argument `key` of {key: …}, else the first value of an object or a list, else the argument itself.
  const Json* argument(std::string_view key) const;
  /// A named option only.
  const Json* option(std::string_view key) const;
  std::optional<double> number(std::string_view key = "limit") const;
};

/// Collects messages about one value.
class ValidationReport {
 public:
  ValidationReport(std::string_view label, std::vector<std::string>& messages)
      : label_(label), messages_(messages) {}
  std::string_view label() const { return label_; }
  void fail(std::string_view what) { messages_.push_back(fmt::format("\"{}\" {}", label_, what)); }
  void require(bool good, std::string_view what) {
    if (!good) fail(what);
  }

 private:
  std::string_view label_;
  std::vector<std::string>& messages_;
};

/// A number, or text that is one completely.
std::optional<double> numeric(const Json& value);
/// `3`, `1.5`: without a fraction of zeros.
std::string number_text(double value);

using ValidationRules = std::vector<ValidationRule>;
void validate_text(const ValidationRules& rules, const Json& value, ValidationReport& report);
void validate_number(const ValidationRules& rules, const Json& value, ValidationReport& report);
void validate_date(const ValidationRules& rules, const Json& value, std::optional<std::int64_t> now_ms,
                   ValidationReport& report);
void validate_array(const ValidationRules& rules, const Json& value, ValidationReport& report);
void validate_object(const ValidationRules& rules, const Json& value, ValidationReport& report);

}  // namespace flotilla::data
