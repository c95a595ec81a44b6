#pragma once

#include <utility>
#include <vector>

#include "base/json.hpp"
#include "data/schema/field.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {

/// A bound value as JSON; null for what has no form there (bytes).
Json param_json(const Param& value);

/// Columns of one row about to be written.
class RowValues {
 public:
  void set(const Field& field, Param value);
  bool has(const Field& field) const;
  const Param* find(const Field& field) const;
  bool empty() const { return values_.empty(); }
  const std::vector<std::pair<const Field*, Param>>& values() const { return values_; }
  std::vector<sql::Assignment> assignments() const;
  /// By field, as they are stored.
  JsonObject document() const;

 private:
  std::vector<std::pair<const Field*, Param>> values_;
};

}  // namespace flotilla::data
