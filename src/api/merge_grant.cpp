#include "api/merge_grant.hpp"

#include <algorithm>

#include "auth/permissions/decision.hpp"

namespace flotilla::api {
namespace {

void narrow(std::optional<NameList>& given, const NameList& granted) {
  given = given ? intersection(*given, granted) : granted;
}

/// `author` of `author.name` and `parent(recursively=true)`.
std::string_view head(std::string_view path) { return path.substr(0, path.find_first_of(".(")); }

}  // namespace

void merge_grant(Params& params, const auth::Grant& grant, std::string_view action,
                 const data::Collection& target) {
  const std::string_view permission = auth::permission_of(action);
  if (grant.whitelist) {
    narrow(params.whitelist, *grant.whitelist);
    // What identifies a record is written with it.
    if (permission == "create") params.whitelist = union_of(*params.whitelist, params.filter_keys);
  }
  if (permission != "view" && permission != "export") return;
  if (grant.fields) {
    NameList fields = *grant.fields;
    const bool creator = (action == "list" || action == "get") && target.find("createdById");
    if (creator && std::ranges::find(fields, "createdById") == fields.end())
      fields.emplace_back("createdById");
    narrow(params.fields, fields);
  }
  if (grant.appends) {
    std::erase_if(params.appends, [&](const std::string& path) {
      return std::ranges::find(*grant.appends, head(path)) == grant.appends->end();
    });
  }
}

}  // namespace flotilla::api
