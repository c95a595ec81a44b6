#pragma once

#include "data/write/links.hpp"

namespace flotilla::data {

/// What add, set, remove and toggle are given: keys, or `[key, {through attributes}]` pairs.
std::vector<ThroughLink> parse_links(const Json& given);

enum class RelationChange { add, set, remove, toggle };

/// Changes which targets an association resource (`posts/1/tags`) links. Throws Error 400 for keys of the
/// wrong type and Error 404 when the source record does not exist. An operation that the kind of association
/// does not have does nothing.
Task<void> change_relation(Session& session, const WriteScope& scope, const Source& source,
                           RelationChange change, const Json& given);

}  // namespace flotilla::data
