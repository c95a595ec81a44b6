#pragma once

#include "data/write/write_scope.hpp"

namespace flotilla::data {

struct MoveRequest {
  Json source_id;
  Json target_id;     ///< null: none
  Json target_scope;  ///< object {scopeKey: value}, or null
  std::string sort_field = "sort";
  bool sticky = false;        ///< to the very top: number 0
  bool insert_after = false;  ///< behind the target instead of at its place
  std::optional<std::vector<std::string>>
      writable;  ///< fields that may be changed: a record stays in its scope when that is not among them
  bool prepend = false;  ///< with target_scope: first instead of last
};

/// Gives a record another place in the order of a sort field; those between shift by one. Throws Error 400
/// when the record or the sort field does not exist.
Task<void> move_record(Session& session, const WriteScope& scope, const Collection& collection,
                       const MoveRequest& request);

}  // namespace flotilla::data
