#include "api/acl_meta.hpp"

#include <array>

#include "api/rights.hpp"
#include "api/services.hpp"
#include "api/variables.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kAlias = "t";

/// What the roles may do with records of the collection by one action.
struct Allowed {
  std::string_view action;
  bool any = false;
  Json rule;  ///< null: all of them
};
using AllAllowed = std::array<Allowed, 3>;

Task<AllAllowed> allowed_on(Context& context, const data::Collection& c) {
  AllAllowed out{{{"view", true, nullptr}, {"update", false, nullptr}, {"destroy", false, nullptr}}};
  Rights rights(*context.schema, context.permit.roles);
  for (Allowed& one : out) {
    if (context.permit.root) one.any = true;
    if (context.permit.root || one.action == "view") continue;  // what is shown is in view
    const auth::Decision& decision = rights.on(c, one.action);
    one.any = decision.allowed;
    one.rule = decision.grant.filter;
    co_await resolve_variables(context, one.rule);
    context.permit.reads_state |= reads_state(one.rule);
  }
  co_return out;
}

void write_key(JsonWriter& out, const data::Param& key) {
  if (auto number = std::get_if<std::int64_t>(&key))
    out.integer(*number);
  else if (auto text = std::get_if<std::string>(&key))
    out.string(*text);
}

void write_keys(JsonWriter& out, std::string_view action, const std::vector<data::Param>& keys) {
  out.key(action);
  out.begin_array();
  for (const data::Param& key : keys) write_key(out, key);
  out.end_array();
}

data::Param param_of(const data::Cell& cell) {
  if (cell.kind == data::Cell::Kind::integer) return cell.integer;
  return std::string(cell.text());
}

/// Of each action, the keys whose records meet its rule; in the order of `keys`.
Task<std::array<std::vector<data::Param>, 3>> meeting(data::Session& session, const data::RequestScope& scope,
                                                      const data::Collection& c, const AllAllowed& allowed,
                                                      const std::vector<data::Param>& keys) {
  std::array<std::vector<data::Param>, 3> out;
  const data::Dialect& dialect = session.dialect();
  const std::string key = data::sql::column(dialect, kAlias, c.key_field()->column);
  data::sql::Select query;
  query.table = c.table;
  query.alias = kAlias;
  query.columns = {key};
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    if (allowed[i].any && allowed[i].rule.is_null()) out[i] = keys;
    if (!allowed[i].any || allowed[i].rule.is_null()) continue;
    query.columns.push_back(
        data::sql::flag(data::rule_condition(dialect, scope, c, kAlias, allowed[i].rule)));
    asked.push_back(i);
  }
  if (asked.empty() || keys.empty()) co_return out;
  query.where = dialect.in_keys(key, keys);
  const data::Fragment statement = data::sql::select(dialect, query);
  const data::Rows rows = co_await session.query(statement);
  std::map<data::Param, std::size_t, std::less<>> row_of;
  for (std::size_t row = 0; row < rows.size(); ++row) row_of[param_of(rows.at(row, 0))] = row;
  for (std::size_t at = 0; at < asked.size(); ++at) {
    for (const data::Param& k : keys) {
      auto row = row_of.find(k);
      if (row != row_of.end() && rows.at(row->second, at + 1).as_int() == 1) out[asked[at]].push_back(k);
    }
  }
  co_return out;
}

}  // namespace

Task<void> add_acl_meta(Context& context, const data::Collection& c, data::ListRequest& request) {
  if (context.request.headers.get("X-With-ACL-Meta").empty() || context.services.settings.disable_acl_meta ||
      !c.key_field())
    co_return;
  const AllAllowed allowed = co_await allowed_on(context, c);
  request.more_meta = [&context, &c, allowed](data::Session& session, const std::vector<data::Param>& keys,
                                              JsonWriter& meta) -> Task<void> {
    std::array<std::vector<data::Param>, 3> found;
    bool known = false;
    try {
      const data::RequestScope scope = context.scope();
      found = co_await meeting(session, scope, c, allowed, keys);
      known = true;
    } catch (const std::exception& error) {
      log::warn("allowedActions could not be told",
                {{"requestId", context.request.id}, {"collection", c.name}, {"reason", error.what()}});
    }
    if (!known) co_return;
    meta.key("allowedActions");
    meta.begin_object();
    for (std::size_t i = 0; i < allowed.size(); ++i) write_keys(meta, allowed[i].action, found[i]);
    meta.end_object();
  };
}

}  // namespace flotilla::api
