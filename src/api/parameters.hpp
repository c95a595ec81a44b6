#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/name_list.hpp"
#include "api/paging.hpp"
#include "api/route.hpp"
#include "base/json.hpp"

namespace flotilla::api {

/// The parameters of one action, gathered from defaults, path, query and body, later from permissions too.
/// Names with a meaning of their own have a member; everything else is in `others`. Not thread-safe.
struct Params {
  Json filter;        ///< object; null when none is given. Text and non-empty arrays: see checked_filter()
  Json filter_by_tk;  ///< key: text or number, array of keys, object (composite); null when none is given
  std::optional<NameList> fields;     ///< nullopt: all. Empty: an intersection left none, so select none
  std::optional<NameList> whitelist;  ///< nullopt: all. Empty: nothing may be written
  NameList blacklist;
  NameList appends;
  NameList except;
  NameList sort;  ///< `-` in front: descending
  NameList update_association_values;
  NameList filter_keys;
  Json values = JsonObject{};  ///< the body; without one, `values` of the query or an empty object
  JsonObject others;           ///< page, pageSize, tree, filterByTks, sourceId, … as they came

  /// The query's `filter` is text that is no JSON. Clients of the API rely on the answer 200 `{}` then, given
  /// without running the action.
  bool swallowed = false;

  /// Lays parameters over these (the query over the path, permissions over the request): filters are joined
  /// with $and, fields and whitelist intersect, appends, except and blacklist unite, sort, filterByTk and
  /// name lists are replaced, other objects merge deeply. Throws Error 400 for a filter beyond the JSON
  /// limits.
  void merge(const JsonObject& layer);

  /// Null when there is no filter. Throws Error 400 when it is not an object.
  const JsonObject* checked_filter() const;
  /// page, pageSize and paginate. Throws Error 400 that names the parameter.
  Paging paging(double default_page_size = kPageSizeDefault) const {
    return read_paging(others, default_page_size);
  }

  const Json* find(std::string_view name) const { return json::find(others, name); }
  /// Text of another parameter (numbers as text), empty when it is missing or a tree.
  std::string text(std::string_view name) const;
  /// True for a parameter that is given and not false, "false", 0, "0", "" or null.
  bool flag(std::string_view name) const;
};

/// Puts the parameters of a request together: `defaults` of the resource, the key of the path, the query, the
/// body as values. A filterByTk in the query overrides the key in the path.
/// Throws Error 400 for a filter beyond the JSON limits.
Params make_params(const Route& route, const JsonObject& query, Json body, const JsonObject& defaults = {});

}  // namespace flotilla::api
