#include "data/write/tree_paths.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "data/schema/tree_paths.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {
namespace {

constexpr std::size_t kChunk = 500;

/// A tree with the collection of its paths; nothing when `tree` is none.
struct Paths {
  const Field* key = nullptr;
  const Field* parent = nullptr;
  const Collection* collection = nullptr;
  Paths(const Schema& schema, const Collection& tree)
      : key(tree.primary_key()),
        parent(tree.tree_parent_key()),
        collection(parent ? schema.find(tree_paths_name(tree.name)) : nullptr) {}
  bool kept() const { return key && parent && collection; }
};

std::string text_of(const Param& key) {
  if (auto number = std::get_if<std::int64_t>(&key)) return std::to_string(*number);
  if (auto text = std::get_if<std::string>(&key)) return *text;
  return {};
}

bool is_null(const Param& key) { return std::holds_alternative<std::monostate>(key); }

/// A number stays one; a text that looks like a number is still a text.
Param param_of(const Cell& cell) {
  if (cell.is_null()) return {};
  return cell.kind == Cell::Kind::integer ? Param(cell.integer) : Param(cell.as_text());
}

using Parents = std::map<std::string, Param>;  ///< by the node's key as text

/// Keys of the nodes and their parents' of a query of two columns.
Task<Parents> parents_of(Session& session, Fragment query, std::vector<Param>* nodes = nullptr) {
  Parents out;
  const Rows rows = co_await session.query(query);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Param node = param_of(rows.at(row, 0));
    out.emplace(text_of(node), param_of(rows.at(row, 1)));
    if (nodes) nodes->push_back(node);
  }
  co_return out;
}

/// `/root/…/node`, and the root's key; the way up ends at a node without a parent, or whose parent is gone.
std::pair<std::string, Param> path_of(const Param& node, const Parents& parents) {
  std::vector<Param> way{node};
  std::set<std::string> seen{text_of(node)};
  for (auto at = parents.find(text_of(node)); at != parents.end() && !is_null(at->second);
       at = parents.find(text_of(way.back()))) {
    if (!parents.contains(text_of(at->second)) || !seen.insert(text_of(at->second)).second) break;
    way.push_back(at->second);
  }
  std::string path;
  for (auto at = way.rbegin(); at != way.rend(); ++at) path += "/" + text_of(*at);
  return {std::move(path), way.back()};
}

Task<void> remove_chunked(Session& session, const Paths& paths, const std::vector<Param>& nodes) {
  const Dialect& dialect = session.dialect();
  const std::string node = dialect.quote(paths.collection->field("nodePk").column);
  for (std::size_t at = 0; at < nodes.size(); at += kChunk) {
    std::vector<Param> chunk(
        nodes.begin() + static_cast<std::ptrdiff_t>(at),
        nodes.begin() + static_cast<std::ptrdiff_t>(std::min(nodes.size(), at + kChunk)));
    const Fragment statement =
        sql::remove(dialect, paths.collection->table, dialect.in_keys(node, std::move(chunk)));
    co_await session.execute(statement);
  }
}

}  // namespace

Task<void> check_tree_parent(Session& session, const Collection& tree, const Param& node,
                             const Param& parent) {
  const Field* key = tree.primary_key();
  const Field* parent_key = tree.tree_parent_key();
  if (!key || !parent_key || is_null(parent) || is_null(node)) co_return;
  if (text_of(node) == text_of(parent))
    throw bad_request(
        fmt::format("Cannot set itself as the parent node (\"{}\" of \"{}\")", parent_key->name, tree.name));
  std::vector<Param> from{parent};
  const Parents above = co_await parents_of(
      session,
      sql::ancestors(session.dialect(), tree.table, key->column, parent_key->column, std::move(from)));
  if (above.contains(text_of(node)))
    throw bad_request(fmt::format("Cannot set a descendant as the parent node (\"{}\" of \"{}\")",
                                  parent_key->name, tree.name));
}

Task<void> settle_tree_paths(Session& session, const Schema& schema, const Collection& collection,
                             std::vector<Param> nodes) {
  const Paths paths(schema, collection);
  if (!paths.kept() || nodes.empty()) co_return;
  const Dialect& dialect = session.dialect();
  std::vector<Param> below;
  Parents parents = co_await parents_of(
      session, sql::subtree(dialect, collection.table, paths.key->column, paths.parent->column, nodes),
      &below);
  parents.merge(co_await parents_of(
      session, sql::ancestors(dialect, collection.table, paths.key->column, paths.parent->column, nodes)));
  co_await remove_chunked(session, paths, below);
  const Collection& table = *paths.collection;
  for (const Param& node : below) {
    auto [path, root] = path_of(node, parents);
    if (path.size() > static_cast<std::size_t>(kTreePathLengthMax))
      throw bad_request(fmt::format("a node of \"{}\" hangs too deep: its path has more than {} characters",
                                    collection.name, kTreePathLengthMax));
    const std::vector<sql::Assignment> row{{table.field("nodePk").column, node},
                                           {table.field("path").column, path},
                                           {table.field("rootPk").column, root}};
    const Fragment statement = sql::insert(dialect, table.table, row);
    co_await session.execute(statement);
  }
}

Task<void> remove_tree_paths(Session& session, const Schema& schema, const Collection& collection,
                             const std::vector<Param>& nodes) {
  const Paths paths(schema, collection);
  if (paths.kept()) co_await remove_chunked(session, paths, nodes);
}

}  // namespace flotilla::data
