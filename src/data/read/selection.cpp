#include "data/read/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/read/read_limits.hpp"

namespace flotilla::data {
namespace {

/// What one association of a level is asked to show.
struct Branch {
  bool whole = false;  ///< named itself, so all its fields are shown
  bool recursively = false;
  std::vector<std::string> fields;   ///< `author.name` in fields
  std::vector<std::string> appends;  ///< rest of `author.profile`
  std::vector<std::string> except;
};
using Branches = std::map<std::string, Branch>;

std::pair<std::string, std::string> head_and_rest(const std::string& path) {
  std::size_t dot = path.find('.');
  if (dot == path.npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

/// Takes `(recursively=true)` off the end.
std::string without_options(std::string name, Branch* branch) {
  std::size_t open = name.find('(');
  if (open == name.npos) return name;
  if (branch) branch->recursively = name.find("recursively=true", open) != name.npos;
  return name.substr(0, open);
}

std::unique_ptr<Selection> build(const Schema& schema, const Collection& c, const SelectionRequest& request,
                                 const ReadLimits* limits, int depth);

void add_branch(const Schema& schema, Selection& selection, const Field& field, Branch& branch,
                const ReadLimits* limits, int depth) {
  const Collection* target = schema.target(field);
  if (!target || depth >= kAppendDepthMax) return;
  if (limits && !limits->of(target->name).readable) return;
  SelectionRequest inner;
  inner.appends = branch.appends;
  inner.except = branch.except;
  if (!branch.whole) inner.fields = branch.fields;
  // `appends=author.name`: the rest may be an attribute, which restricts the association to it.
  if (inner.fields) {
    for (const std::string& path : branch.appends) {
      const Field* f = target->find(head_and_rest(path).first);
      if (f && !f->is_association()) inner.fields->push_back(path);
    }
  }
  Append append;
  append.field = &field;
  append.recursively = branch.recursively;
  append.selection = build(schema, *target, inner, limits, depth + 1);
  const Association& a = field.association;
  switch (field.type) {
    case FieldType::belongs_to:
    case FieldType::belongs_to_array:
      selection.index_of(*selection.collection->find(a.foreign_key));
      append.selection->index_of(target->field(a.target_key));
      break;
    case FieldType::has_one:
    case FieldType::has_many:
      selection.index_of(selection.collection->field(a.source_key));
      append.selection->index_of(target->field(a.foreign_key));
      break;
    default:
      selection.index_of(selection.collection->field(a.source_key));
      if (append.selection->unrestricted) append.through = schema.through(field);
  }
  if (append.recursively && target == selection.collection && is_to_one(field.type)) {
    Selection& inside = *append.selection;
    inside.index_of(*target->find(field.type == FieldType::belongs_to ? a.foreign_key : a.source_key));
    inside.appends.push_back({&field, nullptr, true, nullptr});
  }
  selection.appends.push_back(std::move(append));
}

std::unique_ptr<Selection> build(const Schema& schema, const Collection& c, const SelectionRequest& request,
                                 const ReadLimits* limits, int depth) {
  auto selection = std::make_unique<Selection>();
  // Of the collection itself, permissions have narrowed the request already.
  const ReadLimit* limit = limits && depth > 0 ? &limits->of(c.name) : nullptr;
  auto may_show = [&](const Field& f) { return !limit || limit->shows(f); };
  selection->collection = &c;
  selection->unrestricted = !request.fields.has_value();
  Branches branches;
  auto excluded = [&](const std::string& name) {
    return std::ranges::find(request.except, name) != request.except.end();
  };

  if (!request.fields) {
    for (const Field& f : c.fields()) {
      if (!f.column.empty() && is_shown(f) && may_show(f) && !excluded(f.name))
        selection->columns.push_back(&f);
    }
  } else {
    for (const std::string& path : *request.fields) {
      auto [name, rest] = head_and_rest(path);
      const Field* f = c.find(name);
      if (!f)
        throw bad_request(
            fmt::format("Invalid SQL column or table reference: {} has no field \"{}\"", c.name, name));
      if (!may_show(*f)) continue;
      if (f->is_association()) {
        Branch& branch = branches[name];
        if (rest.empty())
          branch.whole = true;
        else
          branch.fields.push_back(rest);
      } else if (!f->column.empty() && is_shown(*f) && !excluded(name) &&
                 std::ranges::find(selection->columns, f) == selection->columns.end()) {
        selection->columns.push_back(f);
      }
    }
  }
  selection->shown = selection->columns.size();

  for (const std::string& path : request.appends) {
    auto [head, rest] = head_and_rest(path);
    std::string name = without_options(head, nullptr);
    const Field* f = c.find(name);
    if (!f || !f->is_association() || !may_show(*f)) continue;
    Branch& branch = branches[name];
    without_options(head, &branch);
    if (rest.empty())
      branch.whole = true;
    else
      branch.appends.push_back(rest);
  }
  for (const std::string& path : request.except) {
    auto [name, rest] = head_and_rest(path);
    if (auto branch = branches.find(name); branch != branches.end() && !rest.empty())
      branch->second.except.push_back(rest);
    else if (branch != branches.end())
      branches.erase(branch);
  }
  for (auto& [name, branch] : branches) add_branch(schema, *selection, *c.find(name), branch, limits, depth);
  return selection;
}

}  // namespace

std::size_t Selection::index_of(const Field& field) {
  auto at = std::ranges::find(columns, &field);
  if (at != columns.end()) return static_cast<std::size_t>(at - columns.begin());
  columns.push_back(&field);
  return columns.size() - 1;
}

bool is_shown(const Field& field) { return !field.hidden && field.type != FieldType::blob; }

std::unique_ptr<Selection> make_selection(const Schema& schema, const Collection& collection,
                                          const SelectionRequest& request, const ReadLimits* limits) {
  return build(schema, collection, request, limits, 0);
}

}  // namespace flotilla::data
