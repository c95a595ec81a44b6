#include "data/read/order.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/sql/expression.hpp"

namespace flotilla::data {
namespace {

std::vector<std::string> tie_break_keys(const Collection& c) {
  if (const Field* key = c.primary_key()) return {key->name};
  return c.filter_target_key;
}

}  // namespace

std::vector<std::string> order_terms(const Dialect& dialect, JoinPaths& paths,
                                     const std::vector<std::string>& sort) {
  std::vector<std::string> out;
  std::vector<std::string> sorted_by;
  for (std::string_view term : sort) {
    const bool descending = term.starts_with('-');
    if (descending || term.starts_with('+')) term.remove_prefix(1);
    if (term.empty()) continue;
    std::vector<std::string> segments = split(term, '.');
    JoinPaths::Stop at = paths.root();
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
      const Field& association = at.collection->field(segments[i]);
      if (!is_to_one(association.type))
        throw bad_request(
            fmt::format("cannot sort by \"{}\": \"{}\" is not a to-one association", term, segments[i]));
      at = paths.follow(at, association);
    }
    const Field& field = at.collection->field(segments.back());
    if (field.column.empty() || field.type == FieldType::password)
      throw bad_request(fmt::format("Invalid SQL column or table reference: cannot sort by \"{}\"", term));
    out.push_back(dialect.order_by(paths.column(at, field), descending));
    if (segments.size() == 1) sorted_by.push_back(segments.front());
  }
  for (const std::string& key : tie_break_keys(*paths.root().collection)) {
    const Field* field = paths.root().collection->find(key);
    if (field && !field->column.empty() && std::ranges::find(sorted_by, key) == sorted_by.end())
      out.push_back(dialect.order_by(paths.column(paths.root(), *field), false));
  }
  return out;
}

std::vector<std::string> association_order(const Dialect& dialect, const Field& association,
                                           const Collection& target, std::string_view alias) {
  std::vector<std::string> out;
  auto add = [&](std::string_view name, bool descending) {
    const Field* f = target.find(name);
    if (f && !f->column.empty())
      out.push_back(dialect.order_by(sql::column(dialect, alias, f->column), descending));
  };
  for (std::string_view term : split(association.association.sort_by, ',')) {
    const bool descending = term.starts_with('-');
    if (descending) term.remove_prefix(1);
    if (!term.empty()) add(term, descending);
  }
  for (const std::string& key : tie_break_keys(target)) add(key, false);
  return out;
}

}  // namespace flotilla::data
