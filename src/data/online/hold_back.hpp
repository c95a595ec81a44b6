#pragma once

#include <vector>

#include "data/model/editor.hpp"
#include "data/schema/table_changes.hpp"

namespace flotilla::data {

// A field or group of fields counts as unique only once its index is there: until then its mark is kept out
// of the metadata.

/// Takes the mark away again that a change has just set.
Task<void> hold_back_unique(MetadataEditor& editor, const Collection& collection, const IndexDef& index);

/// Sets it, once the index is there. False when collection or field were removed meanwhile.
Task<bool> mark_unique(MetadataEditor& editor, const std::string& collection,
                       const std::vector<std::string>& fields, bool single);

}  // namespace flotilla::data
