#include "api/rights.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "auth/permissions/permission_store.hpp"
#include "base/error.hpp"
#include "data/read/selection.hpp"

namespace flotilla::api {

bool fits(const Json& filter, const data::Collection& collection) {
  constexpr std::string_view kCreator = "createdById";
  return collection.find(kCreator) || !auth::mentions(filter, kCreator);
}

bool strategy_applies(const data::Collection& c, std::string_view action) {
  if (!auth::is_strategy_resource(c)) return false;
  return auth::permission_of(action) == "view" || !auth::decides_permissions(c.name);
}

Rights::Decided* Rights::find(const data::Collection& c, std::string_view permission) {
  for (Decided& known : decided_) {
    if (known.collection == &c && known.permission == permission) return &known;
  }
  return nullptr;
}

void Rights::open(const data::Collection& c) {
  auth::Decision all;
  all.allowed = true;
  if (Decided* known = find(c, "view"))
    known->decision = std::move(all);
  else
    decided_.push_back({&c, "view", std::move(all)});
}

const auth::Decision& Rights::on(const data::Collection& c, std::string_view action) {
  const std::string_view permission = auth::permission_of(action);
  if (const Decided* known = find(c, permission)) return known->decision;
  const std::string path = fmt::format("{}:{}", c.name, permission == "view" ? "list" : action);
  auth::Decision decision = auth::decide_roles(roles_, {c.name, path, action, strategy_applies(c, action)});
  decision.allowed = decision.allowed && fits(decision.grant.filter, c);
  return decided_.emplace_back(Decided{&c, permission, std::move(decision)}).decision;
}

bool Rights::may_view(const data::Collection& c) {
  if (std::ranges::find(viewed_, &c) == viewed_.end()) viewed_.push_back(&c);
  return on(c, "list").allowed;
}

bool Rights::may_read(const data::Collection& c, const data::Field& field) {
  const auth::Decision& view = on(c, "list");
  if (view.root) return true;
  if (!view.allowed) return &field == c.primary_key();
  if (field.type == data::FieldType::sort) return true;
  if (field.hidden) return false;
  if (field.name == "createdById") return true;  // lists show whose a record is
  const auto& list = field.is_association() ? view.grant.appends : view.grant.fields;
  return !list || std::ranges::find(*list, field.name) != list->end();
}

void Rights::require_read(const data::Collection& c, const data::Field& field) {
  if (may_read(c, field)) return;
  throw forbidden(fmt::format("No permissions: field \"{}\" of \"{}\" may not be read", field.name, c.name));
}

}  // namespace flotilla::api
