#pragma once

#include <optional>
#include <string>

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

/// Query parts of filter, keys and source on alias `t`; the caller adds columns.
sql::Select root_query(const Dialect& dialect, const RequestScope& scope, const Collection& collection,
                       const Source* source, const Json& filter, const std::optional<Json>& keys);

}  // namespace flotilla::data
