#pragma once

#include <memory>

#include "auth/permissions/decision.hpp"
#include "auth/permissions/snapshot.hpp"

namespace flotilla::auth {

/// posts (with author, tags), authors and tags as people make them; logs as a collection that is built in.
inline std::shared_ptr<const data::Schema> blog() {
  std::vector<data::Collection> all;
  auto add = [&](const char* text, bool by_people) {
    all.push_back(data::build_collection(json::parse(text).as_object(), {}, by_people));
  };
  add(R"({"name":"posts","createdBy":true,"createdAt":true,"updatedAt":true,"fields":[
        {"name":"id","type":"bigInt","primaryKey":true,"autoIncrement":true},
        {"name":"createdAt","type":"date"},{"name":"updatedAt","type":"date"},{"name":"createdById","type":"bigInt"},
        {"name":"title","type":"string"},{"name":"views","type":"integer"},
        {"name":"author","type":"belongsTo","target":"authors"},
        {"name":"tags","type":"belongsToMany","target":"tags","through":"postsTags"}]})",
      true);
  add(R"({"name":"authors","timestamps":false,"fields":[{"name":"id","type":"bigInt","primaryKey":true},{"name":"name","type":"string"}]})",
      true);
  add(R"({"name":"tags","timestamps":false,"fields":[{"name":"id","type":"bigInt","primaryKey":true},{"name":"name","type":"string"}]})",
      true);
  add(R"({"name":"logs","timestamps":false,"fields":[{"name":"text","type":"string"}]})", false);
  return data::Schema::build(std::move(all), {}, 1);
}

inline RoleRow role_row(std::string name, const char* strategy = "null", Names snippets = {}) {
  return {std::move(name), json::parse(strategy), std::move(snippets), false};
}

/// A role with these grants of its own on posts.
inline std::shared_ptr<const Role> role_on_posts(const RoleRow& row, std::vector<ConfiguredGrant> actions,
                                                 bool own_grants = true) {
  const ResourceRow resource{row.name, "posts", std::move(actions)};
  std::vector<const ResourceRow*> resources;
  if (own_grants) resources.push_back(&resource);
  return std::make_shared<const Role>(compile_role(row, resources, *blog()));
}

inline std::shared_ptr<const Role> plain_role(const RoleRow& row) { return role_on_posts(row, {}, false); }

inline ActionQuestion on_posts(std::string_view action) {
  static std::string path;
  path = "posts:" + std::string(action);
  return {"posts", path, action, true};
}

}  // namespace flotilla::auth
