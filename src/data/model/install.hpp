#pragma once

#include "data/model/model.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::data {

Task<bool> has_rows(Database& database, const Schema& schema, std::string_view collection);

/// Writes the first rows of an empty database (roles, authenticator, settings, metadata of users and roles
/// …), all in one transaction; answers whether there was anything to write. Any number of nodes may do so at
/// once, and an installation that was cut off is done by the next start: the seeds come with a row of
/// applicationVersion. The root user is not among them. Reload the model afterwards.
Task<bool> install_seeds(Database& database, const Model& model, Random& random, const IdSource& next_id,
                         std::int64_t now_ms);

}  // namespace flotilla::data
