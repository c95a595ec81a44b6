#pragma once

#include <functional>
#include <optional>
#include <string>

#include "data/read/read_limits.hpp"
#include "data/read/records.hpp"
#include "data/read/source.hpp"

namespace flotilla::data {

struct ListRequest {
  SelectionRequest selection;
  Json filter;
  std::optional<Json> keys;  ///< filterByTk
  std::vector<std::string> sort;
  double page = 1;
  double page_size = 20;  ///< echoed as given; rows are its whole part
  bool paginate = true;
  bool tree = false;
  Json rule;                           ///< which rows the caller may address, on top of `filter`; null: all
  const ReadLimits* limits = nullptr;  ///< what filter, sort and appends may find of other collections
  /// Adds members to `meta`, given the keys (filter-target key) of the records shown, tree or not. Only for
  /// collections with a single key.
  std::function<Task<void>(Session&, const std::vector<Param>& keys, JsonWriter& meta)> more_meta;
};

/// Which rows of a collection are meant.
struct RowChoice {
  const Json& filter;
  const std::optional<Json>& keys;
  const Json& rule;
  const ReadLimits* limits = nullptr;
  explicit RowChoice(const ListRequest& request)
      : filter(request.filter), keys(request.keys), rule(request.rule), limits(request.limits) {}
};

/// Appends the members of the answer to `out` (an object must be open): `data`, and `meta` when paginated.
/// `source` may be null: the collection itself.
Task<void> list(Session& session, const RequestScope& scope, const Collection& collection,
                const Source* source, const ListRequest& request, JsonWriter& out);

/// Appends `data`: the first record, or null.
Task<void> get(Session& session, const RequestScope& scope, const Collection& collection,
               const Source* source, const ListRequest& request, JsonWriter& out);

/// The rows that filter and keys choose, with the selection's columns; used by the writing actions too.
/// `limit` -1: all.
Task<Records> find_records(Session& session, const RequestScope& scope, const Collection& collection,
                           const Source* source, const ListRequest& request, const Selection& selection,
                           std::int64_t limit, std::int64_t offset);

/// Query parts of the choice and the source on alias `t`; the caller adds columns.
sql::Select root_query(const Dialect& dialect, const RequestScope& scope, const Collection& collection,
                       const Source* source, const RowChoice& choice);

}  // namespace flotilla::data
