#pragma once

#include "data/model/model.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::data {

/// True when a table has rows. An installation that was cut off is told by what it had not written yet: the
/// seeds come with a row of applicationVersion, in one transaction, and after them the first of users.
Task<bool> has_rows(Database& database, const Schema& schema, std::string_view collection);

/// Writes the first rows of an empty database (roles, authenticator, settings, metadata of users and roles
/// …), all in one transaction. The root user is not among them. Reload the model afterwards.
Task<void> install_seeds(Database& database, const Model& model, Random& random, const IdSource& next_id,
                         std::int64_t now_ms);

}  // namespace flotilla::data
