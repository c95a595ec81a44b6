#include "auth/permissions/permissions.hpp"

namespace flotilla::auth {

Permissions::Permissions(data::Database& database, const data::Model& model, Random& random,
                         const data::IdSource& next_id, const Clock& clock)
    : store_(database, model, random, next_id, clock), model_(model) {
  rows_.store(std::make_shared<const PermissionRows>());
  compiled_.store(std::make_shared<const PermissionSnapshot>(rows_.load(), model.schema()));
}

Task<void> Permissions::open() {
  co_await store_.prepare();
  rows_.store(co_await store_.read());
}

std::shared_ptr<const PermissionSnapshot> Permissions::snapshot(
    const std::shared_ptr<const data::Schema>& schema) {
  const auto rows = rows_.load();
  auto known = compiled_.load();
  if (known->rows() == rows && known->schema() == schema) return known;
  // Two requests may both compile: that costs a millisecond, and no lock.
  auto fresh = std::make_shared<const PermissionSnapshot>(rows, schema);
  // A request that began before a change of the schema must not push out what newer ones use.
  if (schema->epoch() >= known->schema()->epoch()) compiled_.store(fresh);
  return fresh;
}

Task<bool> Permissions::follow() {
  if (co_await store_.epoch() == epoch()) co_return false;
  auto guard = co_await reading_.acquire();
  auto rows = co_await store_.read();
  if (rows->epoch <= epoch()) co_return false;
  rows_.store(std::move(rows));
  if (changed_) changed_();
  co_return true;
}

Task<std::int64_t> Permissions::touched(data::Session& session) {
  const auto schema = model_.schema();
  const std::int64_t epoch = co_await data::count_up(session, *schema, data::EpochOf::permissions);
  session.after_commit([this, epoch] {
    std::int64_t known = committed_.load();
    while (known < epoch && !committed_.compare_exchange_weak(known, epoch)) {
    }
  });
  if (announce_) co_await announce_(session, epoch);
  co_return epoch;
}

}  // namespace flotilla::auth
