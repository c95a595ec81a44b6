#pragma once

#include <functional>

#include "adapters/sql/flavour.hpp"
#include "data/sql/database.hpp"

/// Changes that one statement makes in one database and several in another. All steps of one belong into one
/// transaction.
namespace flotilla::sql {

/// Changes rows and answers something of each.
struct Change {
  /// The only step, where a changing statement can answer rows (RETURNING).
  data::Fragment whole = {};
  /// Else two: this one finds the rows and keeps others away from them (FOR UPDATE). Its rows are the answer,
  /// and must say what they will be after the change.
  data::Fragment find = {};
  /// Changes what was found. When it touches nothing there is no answer.
  std::function<data::Fragment(const data::Rows&)> apply = {};
};
Task<data::Rows> answer(data::Session& session, const Change& change);
/// The rows touched.
Task<std::int64_t> count(data::Session& session, const Change& change);

/// Inserts a row, or changes the one that has its key when a condition holds.
struct Upsert {
  data::Fragment whole = {};  ///< the only step, where an INSERT can say so
  // Else as often as somebody comes in between:
  data::Fragment update = {};  ///< the row that is there, when the condition holds
  data::Fragment exists = {};  ///< a row when there is one
  data::Fragment insert = {};  ///< unless there is one
};
/// 1 when a row was inserted or changed, else 0.
Task<std::int64_t> apply(data::Session& session, const Upsert& upsert);

/// The first column of each row.
std::vector<std::int64_t> numbers_in(const data::Rows& rows, std::size_t column = 0);
std::vector<std::string> texts_in(const data::Rows& rows, std::size_t column = 0);

}  // namespace flotilla::sql
