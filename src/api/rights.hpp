#pragma once

#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "auth/permissions/decision.hpp"
#include "data/schema/schema.hpp"

namespace flotilla::api {

/// What the acting roles may do with each collection that a request touches, decided once a collection and
/// action. Pure; used by one coroutine. Names of actions live as long as it.
class Rights {
 public:
  Rights(const data::Schema& schema, std::vector<std::shared_ptr<const auth::Role>> roles)
      : schema_(schema), roles_(std::move(roles)) {}

  /// `action` as asked for (`list`, `update` …).
  const auth::Decision& on(const data::Collection& collection, std::string_view action);
  /// Whether a field (or association) may be read. Positions (fields of type sort) and the creator's id may:
  /// lists show them.
  bool may_read(const data::Collection& collection, const data::Field& field);
  /// Throws Error 403 that names the field, unless it may be read.
  void require_read(const data::Collection& collection, const data::Field& field);
  /// Whether rows of the collection may be read at all, by an association that leads there.
  bool may_view(const data::Collection& collection);
  /// From now on everything of this collection may be read.
  void open(const data::Collection& collection);

  const data::Schema& schema() const { return schema_; }
  /// Collections that may_view was asked about.
  const std::vector<const data::Collection*>& viewed() const { return viewed_; }

 private:
  struct Decided {
    const data::Collection* collection;
    std::string_view permission;
    auth::Decision decision;
  };
  Decided* find(const data::Collection& collection, std::string_view permission);

  const data::Schema& schema_;
  std::vector<std::shared_ptr<const auth::Role>> roles_;
  std::deque<Decided> decided_;  ///< a few: looked through from the start
  std::vector<const data::Collection*> viewed_;
};

/// Whether strategies of roles speak of this action on the collection. What decides about permissions is
/// changed only by those who were given just that.
bool strategy_applies(const data::Collection& collection, std::string_view action);

/// A filter can be met by rows of the collection: it does not ask for a creator where there is none.
bool fits(const Json& filter, const data::Collection& collection);

}  // namespace flotilla::api
