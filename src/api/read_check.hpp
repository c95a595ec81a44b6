#pragma once

#include "api/parameters.hpp"
#include "api/rights.hpp"

/// Names in the parameters of a request, held against what the roles may read: what one may not read can not
/// be found out by asking about it either. All throw Error 403 that names the field.
namespace flotilla::api {

/// Every field that the filter compares, over associations too. Names that do not exist are left to the
/// data layer.
void check_filter(Rights& rights, const data::Collection& collection, const Json& filter);
void check_sort(Rights& rights, const data::Collection& collection, const NameList& sort);
/// Dotted paths of fields (filterKeys).
void check_paths(Rights& rights, const data::Collection& collection, const NameList& paths);

/// Measures and dimensions on fields that may not be read are left out; nothing left throws. What orders,
/// filter and having name must be readable.
void narrow_query(Rights& rights, const data::Collection& collection, JsonObject& query);

/// Appends, and fields of associations, that may not be read are left out, wherever on their path. Asks for
/// the rights on all that stays.
void narrow_appends(Rights& rights, const data::Collection& collection, NameList& paths);
/// The same among `fields`, where plain fields of the collection itself stay: those are narrowed by the
/// grant.
void narrow_fields(Rights& rights, const data::Collection& collection, NameList& fields);

}  // namespace flotilla::api
