#include "data/sql/expression.hpp"

#include <iterator>

namespace flotilla::data::sql {
namespace {

std::string_view symbol(Compare how) {
  switch (how) {
    case Compare::equal:
      return " = ";
    case Compare::not_equal:
      return " <> ";
    case Compare::less:
      return " < ";
    case Compare::less_or_equal:
      return " <= ";
    case Compare::greater:
      return " > ";
    case Compare::greater_or_equal:
      return " >= ";
  }
  return " = ";
}

constexpr std::size_t kFlatMax = 64;

Fragment joined(std::vector<Fragment> parts, std::string_view with) {
  std::erase_if(parts, [](const Fragment& part) { return part.empty(); });
  if (parts.empty()) return {};
  if (parts.size() == 1) return std::move(parts.front());
  if (parts.size() > kFlatMax) {
    // Databases limit how deep an expression may be, and a flat chain counts as deep as it is long.
    const auto middle = parts.begin() + static_cast<std::ptrdiff_t>(parts.size() / 2);
    std::vector<Fragment> right(std::make_move_iterator(middle), std::make_move_iterator(parts.end()));
    parts.erase(middle, parts.end());
    std::vector<Fragment> halves;
    halves.push_back(joined(std::move(parts), with));
    halves.push_back(joined(std::move(right), with));
    return joined(std::move(halves), with);
  }
  Fragment out("(");
  for (const Fragment& part : parts) {
    if (&part != &parts.front()) out += with;
    out += part;
  }
  return out += ")";
}

Fragment list(std::string_view column, std::string_view word, std::vector<Param> values) {
  Fragment out{std::string(column)};
  out += word;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ", ";
    out.bind(std::move(values[i]));
  }
  return out += ")";
}

}  // namespace

std::string column(const Dialect& dialect, std::string_view alias, std::string_view name) {
  return dialect.quote(alias) + "." + dialect.quote(name);
}

Fragment compare(std::string_view column, Compare how, Param value) {
  return compare_expression(std::string(column), how, std::move(value));
}

Fragment compare_expression(Fragment left, Compare how, Param value) {
  left += symbol(how);
  return left.bind(std::move(value));
}

Fragment compare_columns(std::string_view left, Compare how, std::string_view right) {
  Fragment out{std::string(left)};
  out += symbol(how);
  return out += right;
}

Fragment is_null(std::string_view column) { return std::string(column) + " IS NULL"; }
Fragment is_not_null(std::string_view column) { return std::string(column) + " IS NOT NULL"; }

Fragment in_list(std::string_view column, std::vector<Param> values) {
  return values.empty() ? nothing() : list(column, " IN (", std::move(values));
}

Fragment not_in_list(std::string_view column, std::vector<Param> values) {
  return values.empty() ? anything() : list(column, " NOT IN (", std::move(values));
}

Fragment between(std::string_view column, Param low, Param high, bool negate) {
  Fragment out{std::string(column)};
  out += negate ? " NOT BETWEEN " : " BETWEEN ";
  out.bind(std::move(low));
  out += " AND ";
  return out.bind(std::move(high));
}

Fragment in_query(std::string_view column, const Fragment& query) {
  Fragment out{std::string(column)};
  out += " IN (";
  out += query;
  return out += ")";
}

Fragment all_of(std::vector<Fragment> parts) { return joined(std::move(parts), " AND "); }
Fragment any_of(std::vector<Fragment> parts) { return joined(std::move(parts), " OR "); }

Fragment negate(Fragment part) {
  if (part.empty()) return part;
  Fragment out("NOT (");
  out += part;
  return out += ")";
}

Fragment flag(const Fragment& condition) {
  Fragment out("CASE WHEN ");
  out += condition.empty() ? anything() : condition;
  return out += " THEN 1 ELSE 0 END";
}

Fragment nothing() { return "1 = 0"; }
Fragment anything() { return "1 = 1"; }

}  // namespace flotilla::data::sql
