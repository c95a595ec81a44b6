#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace flotilla::api {

/// What a path below the API base asks for. Whether such a collection, association or action exists is
/// decided later, against the schema.
struct Route {
  std::string resource;        ///< collection, or the source collection of an association
  std::string association;     ///< empty when the resource itself is meant
  std::string source_id;       ///< key of the source row, never turned into a number
  bool has_source_id = false;  ///< false too for the placeholder `_`
  std::string action;
  std::optional<std::string> key;  ///< last path segment after the resource; a comma list stays one text

  /// `posts`, or `posts.comments` with an association: the name permissions are given on.
  std::string full_name() const { return association.empty() ? resource : resource + '.' + association; }
};

/// Reads `/posts:list`, `/posts/1`, `/posts/1/comments:update/5`, … (path below the API base, still
/// percent-encoded, without the query). Without `:action` the method decides: GET and HEAD list or get, POST
/// create, PUT and PATCH update, DELETE destroy. `posts.comments:list` names an association without a source.
/// nullopt: not the path of a resource, to be answered 404 in plain text.
/// Throws Error 400 `URI malformed` on a bad percent sequence or bytes that are not UTF-8.
std::optional<Route> parse_route(std::string_view method, std::string_view path);

/// The source key as data: an object when it is the JSON text of one (composite keys), else text.
Json source_key(const Route& route);

}  // namespace flotilla::api
