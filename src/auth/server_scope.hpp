#pragma once

#include "base/clock.hpp"
#include "data/model/model.hpp"
#include "data/read/list.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::auth {

/// The scope of what the server reads and writes for itself, in nobody's name: the schema of this moment,
/// UTC.
class ServerScope {
 public:
  ServerScope(const data::Model& model, Random& random, const data::IdSource& next_id, UnixMs now)
      : schema_(model.schema()),
        scope_(data::RequestScope{*schema_, {}, now.time_since_epoch().count(), 0, 0, nullptr}, random,
               next_id) {}
  ServerScope(const ServerScope&) = delete;
  ServerScope& operator=(const ServerScope&) = delete;

  const data::WriteScope& scope() const { return scope_; }
  const data::Collection& collection(std::string_view name) const { return schema_->collection(name); }

 private:
  std::shared_ptr<const data::Schema> schema_;
  data::WriteScope scope_;
};

/// The rows that `request` chooses, without hidden fields, with its appends. `source`: of an association.
Task<JsonArray> read_rows(data::Session& session, const data::RequestScope& scope,
                          const data::Collection& collection, const data::ListRequest& request,
                          const data::Source* source = nullptr);

}  // namespace flotilla::auth
