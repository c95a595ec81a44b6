#include "data/filter/join_path.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "data/sql/expression.hpp"

namespace flotilla::data {

JoinPaths::JoinPaths(const Schema& schema, const Dialect& dialect, const Collection& root,
                     std::string root_alias, std::string prefix)
    : schema_(schema), dialect_(dialect), root_{&root, std::move(root_alias)}, prefix_(std::move(prefix)) {}

std::string JoinPaths::column(const Stop& at, const Field& field) const {
  return sql::column(dialect_, at.alias, field.column);
}

std::string JoinPaths::next_alias() {
  if (joins_.size() >= kJoinsMax)
    throw bad_request(fmt::format("too many associations in one query: at most {}", kJoinsMax));
  return fmt::format("{}{}", prefix_, joins_.size() + 1);
}

std::string JoinPaths::join(std::string_view table, Fragment on, std::string alias) {
  joins_.push_back({std::string(table), alias, std::move(on)});
  return alias;
}

std::string JoinPaths::join_target(const Collection& target, Fragment on, std::string alias) {
  if (row_limit_) {
    Fragment limit = row_limit_(target, alias);
    if (!limit.empty()) on = sql::all_of({std::move(on), std::move(limit)});
  }
  return join(target.table, std::move(on), std::move(alias));
}

Fragment JoinPaths::within_limit(const Collection& target, const std::string& key) const {
  constexpr std::string_view kAlias = "w";
  Fragment limit = row_limit_ ? row_limit_(target, kAlias) : Fragment();
  if (limit.empty()) return {};
  sql::Select query;
  query.table = target.table;
  query.alias = kAlias;
  query.columns = {sql::column(dialect_, kAlias, target.field(key).column)};
  query.where = std::move(limit);
  return sql::select(dialect_, query);
}

JoinPaths::Stop JoinPaths::follow(const Stop& from, const Field& association) {
  std::string id = from.alias + "/" + association.name;
  if (auto known = followed_.find(id); known != followed_.end()) return known->second;

  const Collection* target = schema_.target(association);
  if (!target)
    throw bad_request(
        fmt::format("association \"{}\" of \"{}\" points to collection \"{}\", which does not exist",
                    association.name, from.collection->name, association.association.target));
  const Association& a = association.association;
  auto here = [&](const std::string& field) { return column(from, from.collection->field(field)); };
  auto there = [&](const std::string& alias, const Collection& c, const std::string& field) {
    return sql::column(dialect_, alias, c.field(field).column);
  };
  Stop stop{target, {}};
  switch (association.type) {
    case FieldType::belongs_to: {
      std::string alias = next_alias();
      stop.alias = join_target(
          *target,
          sql::compare_columns(here(a.foreign_key), sql::Compare::equal, there(alias, *target, a.target_key)),
          alias);
      break;
    }
    case FieldType::has_one:
    case FieldType::has_many: {
      std::string alias = next_alias();
      stop.alias = join_target(
          *target,
          sql::compare_columns(there(alias, *target, a.foreign_key), sql::Compare::equal, here(a.source_key)),
          alias);
      break;
    }
    case FieldType::belongs_to_many: {
      const Collection& through = schema_.collection(a.through);
      std::string middle = next_alias();
      Fragment linked = sql::compare_columns(there(middle, through, a.foreign_key), sql::Compare::equal,
                                             here(a.source_key));
      // A link to a row out of reach must not show as a link to nothing.
      if (Fragment within = within_limit(*target, a.target_key); !within.empty())
        linked = sql::all_of(
            {std::move(linked), sql::in_query(there(middle, through, a.other_key), std::move(within))});
      join(through.table, std::move(linked), middle);
      std::string alias = next_alias();
      stop.alias = join_target(*target,
                               sql::compare_columns(there(middle, through, a.other_key), sql::Compare::equal,
                                                    there(alias, *target, a.target_key)),
                               alias);
      break;
    }
    default: {
      std::string alias = next_alias();
      stop.alias = join_target(
          *target, dialect_.array_has(here(a.foreign_key), there(alias, *target, a.target_key)), alias);
    }
  }
  to_many_ |= association.type != FieldType::belongs_to;  // nothing keeps a hasOne from having two rows
  return followed_.emplace(std::move(id), std::move(stop)).first->second;
}

}  // namespace flotilla::data
