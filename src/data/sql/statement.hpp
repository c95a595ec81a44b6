#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/sql/dialect.hpp"

/// Statements from their parts. Names are physical; values are bound.
namespace flotilla::data::sql {

/// What a query reads from: a table or view by its name, or a query of its own (see checked_select()).
struct Relation {
  std::string name;   ///< physical
  std::string query;  ///< empty: the table of that name
  Relation() = default;
  Relation(std::string table) : name(std::move(table)) {}
  Relation(std::string_view table) : name(table) {}
  Relation(std::string table, std::string select) : name(std::move(table)), query(std::move(select)) {}
  bool empty() const { return name.empty() && query.empty(); }
};

struct Join {
  Relation table;
  std::string alias;
  Fragment on;
};

struct Select {
  Relation table;
  std::string alias;
  std::vector<Fragment> columns;  ///< expressions; empty: the number 1
  std::vector<Join> joins;        ///< all are left joins
  Fragment where;
  std::vector<Fragment> group_by;
  Fragment having;
  std::vector<std::string> order_by;  ///< as Dialect::order_by gives
  std::int64_t limit = -1;
  std::int64_t offset = 0;
  bool distinct = false;
};
Fragment select(const Dialect& dialect, const Select& parts);
/// Counts the rows that `parts` would give without limit and order.
Fragment count(const Dialect& dialect, const Select& parts);

/// The cheapest query that only a database that works can answer.
Fragment ping();
Fragment count_all();
Fragment every_column();
Fragment as(Fragment expression, const Dialect& dialect, std::string_view alias);
/// `aggregation` is one of count, sum, avg, min, max.
Fragment aggregate(std::string_view aggregation, const Fragment& expression, bool distinct);
/// max(column), null on no rows.
Fragment maximum(std::string_view column);
Fragment minimum(std::string_view column);

struct Assignment {
  std::string column;
  Param value;
};
Fragment insert(const Dialect& dialect, std::string_view table, const std::vector<Assignment>& values,
                std::string_view returning = {});
/// Several rows at once, each with a value a column.
Fragment insert_rows(const Dialect& dialect, std::string_view table, const std::vector<std::string>& columns,
                     std::vector<std::vector<Param>> rows);
/// Touches no row when one with the same key is there.
Fragment insert_missing(const Dialect& dialect, std::string_view table,
                        const std::vector<Assignment>& values);
Fragment update(const Dialect& dialect, std::string_view table, const std::vector<Assignment>& values,
                const Fragment& where);
/// column = column + by, where.
Fragment shift(const Dialect& dialect, std::string_view table, std::string_view column, std::int64_t by,
               const Fragment& where);
/// No `where`: every row.
Fragment remove(const Dialect& dialect, std::string_view table, const Fragment& where);
/// The row's own key and those of all that hangs under it in a table that points at itself, each with its
/// parent's: two columns, by a recursive query.
Fragment subtree(const Dialect& dialect, std::string_view table, std::string_view key,
                 std::string_view parent, std::vector<Param> roots);
/// The row's own key and those of all it hangs under, each with its parent's: two columns.
Fragment ancestors(const Dialect& dialect, std::string_view table, std::string_view key,
                   std::string_view parent, std::vector<Param> leaves);

}  // namespace flotilla::data::sql
