#pragma once

#include "api/context.hpp"
#include "data/sql/database.hpp"

namespace flotilla::api {

/// Runs `work` in one transaction, together with what belongs to the changes that it notes in
/// context.changes: what Services::watchers write with them. Every write of an action goes through here or
/// through commit_schema(), so that no change stays unknown to other nodes. Throws what `work` throws,
/// data::SqlError, data::StaleSchema.
Task<void> commit(Context& context, const data::Work& work);

/// The same for a change of collections and fields. Answers as data::Model::change().
Task<std::vector<std::string>> commit_schema(Context& context, const data::Model::Edit& edit,
                                             const data::ChangeOptions& options = {});

}  // namespace flotilla::api
