#pragma once

#include <string>
#include <vector>

#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {

/// What a database holds, before anything is opened or changed in it.
struct Survey {
  bool installed = false;  ///< it has tables of this application, or of NocoBase
  std::size_t collections = 0;
  std::size_t fields = 0;
  std::vector<std::string> enabled_plugins;  ///< names, as NocoBase keeps them; sorted
  std::vector<std::string> problems;         ///< what would not be served, a line each
};

/// Reads only. Throws SqlError.
Task<Survey> survey(Database& database, const NamingRules& rules);

}  // namespace flotilla::data
