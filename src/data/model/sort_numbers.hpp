#pragma once

#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {

/// Numbers the rows that were there before a sort field was: within its scope in the order of the key, or of
/// createdAt where the key does not rise with time. After the columns were added; what is inherited is
/// numbered with the parent's rows. A collection without a single primary key is left alone.
Task<void> number_new_sorts(Session& session, const Schema& before, const Schema& after);

}  // namespace flotilla::data
