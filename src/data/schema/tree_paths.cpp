#include "data/schema/tree_paths.hpp"

#include <fmt/format.h>

#include "data/schema/index_def.hpp"

namespace flotilla::data {

std::string tree_paths_name(std::string_view tree) {
  std::string name = fmt::format("main_{}_path", tree);
  return name.size() <= kIdentifierLengthMax ? name : hashed_name(name);
}

Collection tree_paths_collection(std::string name, std::string_view key_type, const NamingRules& rules) {
  JsonArray fields{JsonObject{{"name", "nodePk"}, {"type", key_type}},
                   JsonObject{{"name", "path"}, {"type", "string"}, {"length", kTreePathLengthMax}},
                   JsonObject{{"name", "rootPk"}, {"type", key_type}}};
  JsonArray indexes{JsonObject{{"fields", {"path"}}}};
  JsonObject definition{{"name", std::move(name)},
                        {"autoGenId", false},
                        {"timestamps", false},
                        {"fields", std::move(fields)},
                        {"indexes", std::move(indexes)}};
  return build_collection(definition, rules, false);
}

}  // namespace flotilla::data
