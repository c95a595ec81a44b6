#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "data/filter/join_path.hpp"
#include "data/read/source.hpp"

namespace flotilla::data {

/// What may be read of a collection that a request comes to by an association.
struct ReadLimit {
  bool readable = true;                             ///< false: no row
  std::optional<std::vector<std::string>> fields;   ///< absent: all
  std::optional<std::vector<std::string>> appends;  ///< associations; absent: all
  Json rows = nullptr;                              ///< filter; null: all
  bool shows(const Field& field) const;
};

/// The limits of one request, by collection. Filters in them are compiled as they are: what they in turn
/// reach is not limited.
class ReadLimits {
 public:
  void set(std::string collection, ReadLimit limit) {
    limits_.insert_or_assign(std::move(collection), std::move(limit));
  }
  /// What is not named is not readable.
  const ReadLimit& of(std::string_view collection) const;

 private:
  std::map<std::string, ReadLimit, std::less<>> limits_;
};

/// Condition on the rows of `collection` under `alias`; empty when all may be read. `limits` may be null.
Fragment row_limit(const Dialect& dialect, const RequestScope& scope, const ReadLimits* limits,
                   const Collection& collection, std::string_view alias);

/// Condition that the rows of `collection` under `alias` meet `filter`, as a query of its own where the
/// filter reaches into other tables: it neither multiplies rows nor shares joins with anything else.
Fragment rule_condition(const Dialect& dialect, const RequestScope& scope, const Collection& collection,
                        std::string_view alias, const Json& filter);

/// Joins of `paths` find only rows within the limits. `scope` and `limits` live as long as the paths.
void limit_joins(JoinPaths& paths, const Dialect& dialect, const RequestScope& scope,
                 const ReadLimits* limits);

}  // namespace flotilla::data
