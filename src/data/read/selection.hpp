#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/schema/schema.hpp"

namespace flotilla::data {

struct Selection;

/// An association shown inside a record.
struct Append {
  const Field* field = nullptr;
  std::unique_ptr<Selection>
      selection;             ///< null: the same as the one that holds this append (see recursively)
  bool recursively = false;  ///< `parent(recursively=true)`: up to the root of a tree
  const Selection& shows(const Selection& holder) const { return selection ? *selection : holder; }
  const Collection* through = nullptr;  ///< set when items carry their row of the through collection
};

/// Which fields and associations of a collection an answer shows. Built from `fields`, `appends`, `except`.
struct Selection {
  const Collection* collection = nullptr;
  std::vector<const Field*> columns;  ///< what is read; shown ones first
  std::size_t shown = 0;              ///< how many of `columns` are shown; the others are keys for joining
  std::vector<Append> appends;
  bool unrestricted = true;  ///< all fields are shown, no `fields` named some

  /// Index in `columns`, reading the field without showing it when it is not there yet.
  std::size_t index_of(const Field& field);
};

struct SelectionRequest {
  std::optional<std::vector<std::string>> fields;  ///< absent: all
  std::vector<std::string> appends;
  std::vector<std::string> except;
};

inline constexpr int kAppendDepthMax = 10;

class ReadLimits;

/// Unknown names in `appends` and `except` are ignored, in `fields` they throw Error 400. Hidden and blob
/// fields are never shown; password fields show null. Of what is appended, only fields within `limits` (may
/// be null) are shown; what the collection itself shows is for the request to say.
std::unique_ptr<Selection> make_selection(const Schema& schema, const Collection& collection,
                                          const SelectionRequest& request,
                                          const ReadLimits* limits = nullptr);

/// True for fields that an answer may show.
bool is_shown(const Field& field);

}  // namespace flotilla::data
