#pragma once

#include "data/sql/statement.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::data {

/// Columns of one row about to be written.
class RowValues {
 public:
  void set(const Field& field, Param value);
  bool has(const Field& field) const;
  const Param* find(const Field& field) const;
  bool empty() const { return values_.empty(); }
  const std::vector<std::pair<const Field*, Param>>& values() const { return values_; }
  std::vector<sql::Assignment> assignments() const;

 private:
  std::vector<std::pair<const Field*, Param>> values_;
};

/// Values of a new row: what the caller gave, defaults, generated values (ids, sequences, sort numbers, times,
/// creator), formulas. Checks required fields and validation rules. Throws Error 400 with one item for each field
/// that is wrong.
Task<void> fill_new(Session& session, const WriteScope& scope, const Collection& collection, const JsonObject& values, RowValues& row);

/// Values of a change. `current` shows the row as it stands, for formulas and sort scopes.
Task<void> fill_change(Session& session, const WriteScope& scope, const Collection& collection, const JsonObject& values,
                       const JsonObject& current, RowValues& row);

/// Next number of a sort field within its scope: largest plus one.
Task<std::int64_t> next_sort(Session& session, const Collection& collection, const Field& field, const Param* scope_value);

}  // namespace flotilla::data
