#pragma once

#include <string>
#include <vector>

#include "data/schema/collection.hpp"

namespace flotilla::data {

struct IndexDef {
  std::string name;
  std::vector<std::string> columns;
  bool unique = false;
  bool operator==(const IndexDef&) const = default;
};

/// Of single fields (unique, index, foreign keys) and of the option `indexes`; one that names a field which
/// does not exist is left out. Unique indexes are `<table>_<column>_uk`, others `<table>_<column>`; a name
/// over 63 characters, or one that a table or another table's index has, becomes `i_` and an MD5 sum.
std::vector<IndexDef> indexes_of(const Collection& collection);

/// `i_` and the MD5 sum of `text`: a name for what would have too long a one.
std::string hashed_name(std::string_view text);

}  // namespace flotilla::data
