#include "data/read/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {
namespace {

struct TreeKeys {
  const Field* key;
  const Field* parent;
  std::string children;  ///< name under which children are shown
};

TreeKeys tree_keys(const Collection& c) {
  const Field* children = c.tree_field("treeChildren");
  TreeKeys keys{c.primary_key(), c.tree_parent_key(), children ? children->name : "children"};
  if (!keys.key || !keys.parent)
    throw bad_request(fmt::format("collection \"{}\" is no tree: it lacks a parent association", c.name));
  return keys;
}

/// Nodes in the order of the list, hung under their parents.
class Forest {
 public:
  Forest(const Records& records, std::size_t key_column, std::size_t parent_column)
      : records_(records), key_column_(key_column), by_parent_(records.rows, parent_column) {
    KeyIndex by_key(records.rows, key_column);
    for (std::uint32_t row = 0; row < records.rows.size(); ++row) {
      if (by_key.find(key_of(records.rows.at(row, parent_column))).empty()) roots_.push_back(row);
    }
  }
  const std::vector<std::uint32_t>& roots() const { return roots_; }

  void write(JsonWriter& out, const Schema& schema, const std::string& children, std::uint32_t row,
             const std::string& index) const {
    write_record(out, schema, records_, row, true);
    const std::vector<std::uint32_t>& below = by_parent_.find(key_of(records_.rows.at(row, key_column_)));
    if (!below.empty()) {
      out.key(children);
      out.begin_array();
      for (std::size_t i = 0; i < below.size(); ++i)
        write(out, schema, children, below[i], fmt::format("{}.{}.{}", index, children, i));
      out.end_array();
    }
    out.key("__index");
    out.string(index);
    out.end_object();
  }

 private:
  const Records& records_;
  std::size_t key_column_;
  KeyIndex by_parent_;
  std::vector<std::uint32_t> roots_;
};

Json params_to_json(const std::vector<Param>& params) {
  JsonArray out;
  for (const Param& p : params) {
    if (auto number = std::get_if<std::int64_t>(&p))
      out.push_back(*number);
    else if (auto text = std::get_if<std::string>(&p))
      out.push_back(Json(*text));
  }
  return out;
}

/// Keys of everything that matches and of what it hangs under.
Task<std::vector<Param>> matching_and_above(Session& session, const RequestScope& scope, const Collection& c,
                                            const TreeKeys& keys, const ListRequest& request) {
  sql::Select query = root_query(session.dialect(), scope, c, nullptr, RowChoice(request));
  query.columns = {sql::column(session.dialect(), "t", keys.key->column)};
  Fragment matches = sql::select(session.dialect(), query);
  Rows matched = co_await session.query(matches);
  std::vector<Param> leaves = distinct_keys(matched, 0);
  if (leaves.empty()) co_return leaves;
  Fragment above =
      sql::ancestors(session.dialect(), c.table, keys.key->column, keys.parent->column, std::move(leaves));
  Rows rows = co_await session.query(above);
  co_return distinct_keys(rows, 0);
}

}  // namespace

Task<void> list_tree(Session& session, const RequestScope& scope, const Collection& c,
                     const ListRequest& request, JsonWriter& out) {
  const TreeKeys keys = tree_keys(c);
  auto selection = make_selection(scope.schema, c, request.selection, request.limits);
  const std::size_t key_column = selection->index_of(*keys.key);
  const std::size_t parent_column = selection->index_of(*keys.parent);

  ListRequest roots_of;
  roots_of.sort = request.sort;
  roots_of.rule = request.rule;
  roots_of.limits = request.limits;
  roots_of.filter = JsonObject{{keys.parent->name, nullptr}};
  const bool filtered = is_valid_filter(request.filter) || request.keys.has_value();
  std::vector<Param> kept;
  if (filtered) {
    kept = co_await matching_and_above(session, scope, c, keys, request);
    roots_of.keys = params_to_json(kept);
  }
  const auto size = static_cast<std::int64_t>(std::floor(request.page_size));
  const std::int64_t offset =
      request.paginate ? static_cast<std::int64_t>((request.page - 1) * static_cast<double>(size)) : 0;
  SelectionRequest only_key{std::vector<std::string>{keys.key->name}, {}, {}};
  auto key_selection = make_selection(scope.schema, c, only_key);
  Records all_roots = co_await find_records(session, scope, c, nullptr, roots_of, *key_selection, -1, 0);
  std::vector<Param> page_keys = distinct_keys(all_roots.rows, 0);
  const auto count = static_cast<std::int64_t>(page_keys.size());
  if (request.paginate) {
    const auto from = std::min<std::size_t>(static_cast<std::size_t>(offset), page_keys.size());
    const auto to = std::min<std::size_t>(from + static_cast<std::size_t>(size), page_keys.size());
    page_keys = {page_keys.begin() + static_cast<std::ptrdiff_t>(from),
                 page_keys.begin() + static_cast<std::ptrdiff_t>(to)};
  }

  Records records;
  records.selection = selection.get();
  if (!page_keys.empty()) {
    Fragment below =
        sql::subtree(session.dialect(), c.table, keys.key->column, keys.parent->column, page_keys);
    Rows rows = co_await session.query(below);
    std::vector<Param> wanted = distinct_keys(rows, 0);
    const std::set<Param, std::less<>> shown(kept.begin(), kept.end());
    if (filtered) std::erase_if(wanted, [&](const Param& key) { return !shown.contains(key); });
    ListRequest nodes;
    nodes.sort = request.sort;
    nodes.rule = request.rule;
    nodes.limits = request.limits;
    nodes.keys = params_to_json(wanted);
    records = co_await find_records(session, scope, c, nullptr, nodes, *selection, -1, 0);
    co_await load_appends(session, scope, records, request.limits);
  }
  Forest forest(records, key_column, parent_column);
  out.key("data");
  out.begin_array();
  for (std::size_t i = 0; i < forest.roots().size(); ++i)
    forest.write(out, scope.schema, keys.children, forest.roots()[i], std::to_string(i));
  out.end_array();
  if (!request.paginate && !request.more_meta) co_return;
  out.key("meta");
  out.begin_object();
  if (request.more_meta) {
    const std::vector<Param> shown =
        records.rows.empty() ? std::vector<Param>() : distinct_keys(records.rows, key_column);
    co_await request.more_meta(session, shown, out);
  }
  if (!request.paginate) {
    out.end_object();
    co_return;
  }
  out.key("count");
  out.integer(count);
  out.key("page");
  out.number(request.page);
  out.key("pageSize");
  out.number(request.page_size);
  out.key("totalPage");
  if (request.page_size > 0)
    out.integer(static_cast<std::int64_t>(std::ceil(static_cast<double>(count) / request.page_size)));
  else
    out.null();
  out.end_object();
}

}  // namespace flotilla::data
