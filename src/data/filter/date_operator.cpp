#include <fmt/format.h>

#include "base/error.hpp"
#include "data/filter/operators.hpp"
#include "data/sql/expression.hpp"
#include "data/value/date_range.hpp"
#include "data/value/date_time.hpp"

namespace flotilla::data {
namespace {

DateColumn column_kind(const Field& field) {
  switch (field.values) {
    case ValueClass::wall_clock:
      return DateColumn::wall_clock;
    case ValueClass::day:
      return DateColumn::day;
    default:
      return DateColumn::instant;
  }
}

/// An instant as the column stores it. Bounds below which (or from which) rows count are rounded up where the
/// column is coarser than the instant, so that no row on the wrong side is let in.
Param stored(const Field& field, std::int64_t ms, bool round_up) {
  switch (field.values) {
    case ValueClass::wall_clock:
      return wall_clock(ms, 0);
    case ValueClass::day:
      return date_text(ms, 0);
    case ValueClass::unix: {
      if (field.millis) return ms;
      const std::int64_t down = (ms >= 0 ? ms : ms - 999) / 1000;
      return round_up && down * 1000 != ms ? down + 1 : down;
    }
    case ValueClass::integer:
      return ms;
    default:
      return Instant{storage_text(ms)};
  }
}

}  // namespace

Fragment date_operator(std::string_view op, const Operand& left, const Json& value, const FilterScope& scope,
                       bool* known) {
  std::optional<DateOperator> date_op = parse_date_operator(op);
  if (!date_op) {
    *known = false;
    return {};
  }
  if (!left.path.empty())
    throw bad_request(fmt::format("{} takes a field, not a path into \"{}\"", op, left.field.name));
  using Test = DateCondition::Test;
  const DateContext context{scope.now_ms, scope.request_minutes, column_kind(left.field)};
  const DateCondition condition = date_filter_condition(*date_op, parse_date_range(value, context));
  auto test = [&](sql::Compare how, std::int64_t ms) {
    const bool bound = how == sql::Compare::greater_or_equal || how == sql::Compare::less;
    return sql::compare(left.column, how, stored(left.field, ms, bound));
  };
  switch (condition.test) {
    case Test::equal:
      return test(sql::Compare::equal, condition.lower);
    case Test::not_equal:
      return test(sql::Compare::not_equal, condition.lower);
    case Test::less:
      return test(sql::Compare::less, condition.lower);
    case Test::at_least:
      return test(sql::Compare::greater_or_equal, condition.lower);
    case Test::greater:
      return test(sql::Compare::greater, condition.lower);
    case Test::at_most:
      return test(sql::Compare::less_or_equal, condition.lower);
    case Test::within:
      return sql::all_of(
          {test(sql::Compare::greater_or_equal, condition.lower), test(sql::Compare::less, condition.upper)});
    case Test::outside:
      return sql::any_of(
          {test(sql::Compare::less, condition.lower), test(sql::Compare::greater_or_equal, condition.upper)});
  }
  return {};
}

}  // namespace flotilla::data
