#include "auth/permissions/role_union.hpp"

#include <algorithm>

namespace flotilla::auth {
namespace {

bool is_empty(const Json& filter) {
  return filter.is_null() || (filter.is_object() && filter.get_object().empty());
}

void add_terms(JsonArray& terms, const Json& filter) {
  const JsonObject* object = filter.if_object();
  const Json* either = object && object->size() == 1 ? json::find(*object, "$or") : nullptr;
  if (either && either->is_array()) {
    for (const Json& item : either->get_array()) add_terms(terms, item);
  } else if (std::ranges::find(terms, filter) == terms.end()) {
    terms.push_back(filter);
  }
}

std::optional<Names> either_list(const std::optional<Names>& a, const std::optional<Names>& b) {
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  Names out = *a;
  for (const std::string& name : *b) {
    if (std::ranges::find(out, name) == out.end()) out.push_back(name);
  }
  return out;
}

}  // namespace

Json either_filter(const Json& a, const Json& b) {
  if (is_empty(a) || is_empty(b)) return nullptr;
  JsonArray terms;
  add_terms(terms, a);
  add_terms(terms, b);
  if (terms.size() == 1) return terms.front();
  return JsonObject{{"$or", std::move(terms)}};
}

Grant merge_grants(const Grant& a, const Grant& b) {
  if (a.unrestricted() || b.unrestricted()) return {};
  Grant out;
  out.filter = either_filter(a.filter, b.filter);
  out.fields = either_list(a.fields, b.fields);
  out.whitelist = either_list(a.whitelist, b.whitelist);
  if (a.appends && b.appends) {
    Names appends = *a.appends;
    for (const std::string& name : *b.appends) {
      if (std::ranges::find(appends, name) == appends.end()) appends.push_back(name);
    }
    out.appends = std::move(appends);
  }
  if (a.own || b.own) out.own = a.own.value_or(false) || b.own.value_or(false);
  return out;
}

}  // namespace flotilla::auth
