#pragma once

#include "data/model/model.hpp"

namespace flotilla::data {

/// Whether a collection has any row.
Task<bool> has_rows(Database& database, const Schema& schema, std::string_view collection);

}  // namespace flotilla::data
