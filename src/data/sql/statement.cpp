#include "data/sql/statement.hpp"

#include <fmt/format.h>

#include "data/sql/expression.hpp"

namespace flotilla::data::sql {
namespace {

void append_list(Fragment& out, const std::vector<Fragment>& items) {
  for (const Fragment& item : items) {
    if (&item != &items.front()) out += ", ";
    out += item;
  }
}

std::string relation(const Dialect& dialect, const Relation& from) {
  // A comment at the end of the query must not swallow the bracket.
  return from.query.empty() ? dialect.quote(from.name) : "(" + from.query + "\n)";
}

void append_source(Fragment& out, const Dialect& dialect, const Select& parts) {
  out += " FROM " + relation(dialect, parts.table);
  if (!parts.alias.empty()) out += " AS " + dialect.quote(parts.alias);
  for (const Join& join : parts.joins) {
    out += " LEFT JOIN " + relation(dialect, join.table) + " AS " + dialect.quote(join.alias) + " ON ";
    out += join.on;
  }
  if (!parts.where.empty()) {
    out += " WHERE ";
    out += parts.where;
  }
  if (!parts.group_by.empty()) {
    out += " GROUP BY ";
    append_list(out, parts.group_by);
  }
  if (!parts.having.empty()) {
    out += " HAVING ";
    out += parts.having;
  }
}

void append_where(Fragment& out, const Fragment& where) {
  if (where.empty()) return;
  out += " WHERE ";
  out += where;
}

void append_row(Fragment& out, const Dialect& dialect, std::string_view table,
                const std::vector<Assignment>& values) {
  out += dialect.quote(table);
  if (values.empty()) {
    out += " " + dialect.default_values();
  } else {
    Fragment bound;
    out += " (";
    for (const Assignment& value : values) {
      if (&value != &values.front()) {
        out += ", ";
        bound += ", ";
      }
      out += dialect.quote(value.column);
      bound.bind(value.value);
    }
    out += ") VALUES (";
    out += bound;
    out += ")";
  }
}

Fragment recursive(const Dialect& dialect, std::string_view table, std::string_view key,
                   std::string_view parent, std::vector<Param> start, bool down) {
  const std::string k = dialect.quote(key), p = dialect.quote(parent), t = dialect.quote(table);
  Fragment out(fmt::format("WITH RECURSIVE tree(k, p) AS (SELECT {}, {} FROM {}", k, p, t));
  append_where(out, dialect.in_keys(k, std::move(start)));
  out += fmt::format(" UNION SELECT n.{}, n.{} FROM {} AS n JOIN tree ON ", k, p, t);
  out += down ? fmt::format("n.{} = tree.k", p) : fmt::format("n.{} = tree.p", k);
  return out += ") SELECT k, p FROM tree";
}

}  // namespace

Fragment select(const Dialect& dialect, const Select& parts) {
  Fragment out(parts.distinct ? "SELECT DISTINCT " : "SELECT ");
  if (parts.columns.empty()) out += "1";
  append_list(out, parts.columns);
  append_source(out, dialect, parts);
  for (const std::string& order : parts.order_by) {
    out += &order == &parts.order_by.front() ? " ORDER BY " : ", ";
    out += order;
  }
  if (parts.limit >= 0 || parts.offset > 0) out += " " + dialect.limit(parts.limit, parts.offset);
  return out;
}

Fragment count(const Dialect& dialect, const Select& parts) {
  if (parts.distinct) {
    Select inner = parts;
    inner.order_by.clear();
    inner.limit = -1;
    inner.offset = 0;
    Fragment out("SELECT count(*) FROM (");
    out += select(dialect, inner);
    return out += ") AS counted";
  }
  Fragment out("SELECT count(*)");
  append_source(out, dialect, parts);
  return out;
}

Fragment ping() { return Fragment("SELECT 1"); }

Fragment count_all() { return "count(*)"; }
Fragment every_column() { return "*"; }

Fragment as(Fragment expression, const Dialect& dialect, std::string_view alias) {
  return expression += " AS " + dialect.quote(alias);
}

Fragment aggregate(std::string_view aggregation, const Fragment& expression, bool distinct) {
  Fragment out(std::string(aggregation) + (distinct ? "(DISTINCT " : "("));
  out += expression;
  return out += ")";
}

Fragment maximum(std::string_view column) { return fmt::format("max({})", column); }
Fragment minimum(std::string_view column) { return fmt::format("min({})", column); }

Fragment insert(const Dialect& dialect, std::string_view table, const std::vector<Assignment>& values,
                std::string_view returning) {
  Fragment out("INSERT INTO ");
  append_row(out, dialect, table, values);
  if (!returning.empty()) out += dialect.returning(returning);
  return out;
}

Fragment insert_rows(const Dialect& dialect, std::string_view table, const std::vector<std::string>& columns,
                     std::vector<std::vector<Param>> rows) {
  Fragment out("INSERT INTO " + dialect.quote(table) + " (");
  for (const std::string& column : columns) {
    if (&column != &columns.front()) out += ", ";
    out += dialect.quote(column);
  }
  out += ") VALUES ";
  for (std::vector<Param>& row : rows) {
    out += &row == &rows.front() ? "(" : ", (";
    for (Param& value : row) {
      if (&value != &row.front()) out += ", ";
      out.bind(std::move(value));
    }
    out += ")";
  }
  return out;
}

Fragment insert_missing(const Dialect& dialect, std::string_view table,
                        const std::vector<Assignment>& values) {
  Fragment out{std::string(dialect.insert_missing())};
  append_row(out, dialect, table, values);
  return out += dialect.unless_there();
}

Fragment update(const Dialect& dialect, std::string_view table, const std::vector<Assignment>& values,
                const Fragment& where) {
  Fragment out("UPDATE " + dialect.quote(table) + " SET ");
  for (const Assignment& value : values) {
    if (&value != &values.front()) out += ", ";
    out += dialect.quote(value.column) + " = ";
    out.bind(value.value);
  }
  append_where(out, where);
  return out;
}

Fragment shift(const Dialect& dialect, std::string_view table, std::string_view column, std::int64_t by,
               const Fragment& where) {
  const std::string c = dialect.quote(column);
  Fragment out(fmt::format("UPDATE {} SET {} = {} + ", dialect.quote(table), c, c));
  out.bind(by);
  append_where(out, where);
  return out;
}

Fragment remove(const Dialect& dialect, std::string_view table, const Fragment& where) {
  Fragment out("DELETE FROM " + dialect.quote(table));
  append_where(out, where);
  return out;
}

Fragment subtree(const Dialect& dialect, std::string_view table, std::string_view key,
                 std::string_view parent, std::vector<Param> roots) {
  return recursive(dialect, table, key, parent, std::move(roots), true);
}

Fragment ancestors(const Dialect& dialect, std::string_view table, std::string_view key,
                   std::string_view parent, std::vector<Param> leaves) {
  return recursive(dialect, table, key, parent, std::move(leaves), false);
}

}  // namespace flotilla::data::sql
