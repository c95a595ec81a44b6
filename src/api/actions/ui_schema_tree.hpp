#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace flotilla::api {

/// A stored node of a page: its body, and its place below its parent.
struct SchemaNode {
  std::string uid;
  std::string name;
  JsonObject schema;
  std::string parent;  ///< empty: a root
  std::string type;    ///< `properties` or `items` of the parent
  bool async = false;  ///< loaded by a request of its own
  std::optional<std::int64_t> sort;
};

enum class AsyncNodes {
  left_out,     ///< with all below them
  first_level,  ///< only directly below the root
  shown,
};

/// The node `root` with what hangs below it: `properties` by name, `items` as an object or a list of several.
/// An empty object when there is no such node. Pure; nodes in a cycle are shown once.
JsonObject ui_schema_tree(const std::vector<SchemaNode>& nodes, std::string_view root, AsyncNodes async);

}  // namespace flotilla::api
