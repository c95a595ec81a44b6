#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/schema/schema.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {

/// Outer joins along association paths of one query; each path is joined once, whatever mentions it.
class JoinPaths {
 public:
  struct Stop {
    const Collection* collection;
    std::string alias;
  };

  /// `prefix` starts the aliases of joined tables; two JoinPaths of one query need different ones.
  JoinPaths(const Schema& schema, const Dialect& dialect, const Collection& root, std::string root_alias,
            std::string prefix = "j");

  const Stop& root() const { return root_; }
  /// Condition on the rows that an association may lead to, by collection and alias; empty: all of them.
  using RowLimit = std::function<Fragment(const Collection&, std::string_view alias)>;
  void limit_rows(RowLimit limit) { row_limit_ = std::move(limit); }
  /// Joins `association` of the collection at `from`; answers the target's place. Throws Error 400 when the
  /// target does not exist.
  Stop follow(const Stop& from, const Field& association);
  /// Column of a field at a stop.
  std::string column(const Stop& at, const Field& field) const;

  const std::vector<sql::Join>& joins() const { return joins_; }
  /// True when a row of the root may come more than once.
  bool to_many() const { return to_many_; }

 private:
  std::string join(std::string_view table, Fragment on, std::string alias);
  std::string join_target(const Collection& target, Fragment on, std::string alias);
  /// Query of the keys of `target` that the row limit lets through; empty when it lets all through.
  Fragment within_limit(const Collection& target, const std::string& key) const;
  std::string next_alias();

  const Schema& schema_;
  const Dialect& dialect_;
  Stop root_;
  std::string prefix_;
  std::map<std::string, Stop> followed_;  ///< by alias of `from` and name of the association
  std::vector<sql::Join> joins_;
  RowLimit row_limit_;
  bool to_many_ = false;
};

/// Of one query's filter, and again of its sort: SQLite joins 64 tables at most.
inline constexpr int kJoinsMax = 30;

}  // namespace flotilla::data
