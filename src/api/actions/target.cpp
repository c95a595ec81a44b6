#include "api/actions/target.hpp"

#include <algorithm>

#include "api/commit.hpp"
#include "api/services.hpp"
#include "auth/password.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

using PasswordPlace = std::pair<Json*, const data::Field*>;

void find_passwords(const data::Schema& schema, const data::Collection& c, Json& values,
                    std::vector<PasswordPlace>& out, int depth) {
  if (depth > data::kAppendDepthMax) return;
  if (values.is_array()) {
    for (Json& item : values.get_array()) find_passwords(schema, c, item, out, depth);
    return;
  }
  if (!values.is_object()) return;
  for (auto& member : values.get_object()) {
    const data::Field* field = c.find(member.key());
    if (!field) continue;
    const bool empty =
        member.value().is_null() || (member.value().is_string() && member.value().get_string().empty());
    if (field->type == data::FieldType::password && !empty) out.emplace_back(&member.value(), field);
    const data::Collection* target = field->is_association() ? schema.target(*field) : nullptr;
    if (target) find_passwords(schema, *target, member.value(), out, depth + 1);
  }
}

auth::PasswordShape shape_of(const data::Field& field) {
  auth::PasswordShape shape;
  auto read = [&](std::string_view key, std::size_t& size) {
    const Json* value = field.option(key);
    if (value && value->is_int64() && value->get_int64() > 0 && value->get_int64() <= 1024)
      size = static_cast<std::size_t>(value->get_int64());
  };
  read("length", shape.length);
  read("randomBytesSize", shape.random_bytes);
  return shape;
}

/// The collection that inherits from `parent` which `targetCollection`, or `__collection` among the values,
/// names; else `parent`. What a role may do was decided about the parent, whose fields are fewer: others than
/// root address a child by its own name.
const data::Collection& child_of(const Context& context, const data::Collection& parent) {
  std::string name = context.params.text("targetCollection");
  if (name.empty() && context.params.values.is_object())
    name = json::text(context.params.values.get_object(), "__collection");
  if (name.empty() || name == parent.name || parent.descendants.empty()) return parent;
  if (std::ranges::find(parent.descendants, name) == parent.descendants.end())
    throw bad_request("\"" + name.substr(0, 64) + "\" does not inherit from \"" + parent.name + "\"");
  if (!context.identity.is_root()) throw forbidden();
  return context.schema->collection(name);
}

}  // namespace

Target target_of(const Context& context) {
  const data::Collection& collection = context.schema->collection(context.route.resource);
  if (context.route.association.empty()) return {&child_of(context, collection), nullptr, nullptr};
  const data::Field* field = collection.find(context.route.association);
  if (!field || !field->is_association()) throw not_found();
  const data::Collection* target = context.schema->target(*field);
  if (!target) throw not_found();
  return {&child_of(context, *target), &collection, field};
}

Task<std::optional<data::Source>> source_of(data::Session& session, const Context& context,
                                            const Target& target, const data::RequestScope& scope,
                                            bool must_exist) {
  if (!target.association || !context.route.has_source_id) co_return std::nullopt;
  const Json id = source_key(context.route);
  co_return co_await data::resolve_source(session, scope, *target.owner, *target.association, id, must_exist);
}

data::ListRequest list_request(const Context& context) {
  const Params& params = context.params;
  data::ListRequest request;
  if (params.fields)
    request.selection.fields = std::vector<std::string>(params.fields->begin(), params.fields->end());
  request.selection.appends.assign(params.appends.begin(), params.appends.end());
  request.selection.except.assign(params.except.begin(), params.except.end());
  if (const JsonObject* filter = params.checked_filter()) request.filter = *filter;
  if (!params.filter_by_tk.is_null()) request.keys = params.filter_by_tk;
  request.sort.assign(params.sort.begin(), params.sort.end());
  request.rule = context.permit.rule;
  request.limits = context.permit.read_limits();
  return request;
}

data::WriteScope write_scope(const Context& context, const data::RequestScope& scope) {
  return {scope, context.services.random, context.services.next_id, context.changes.get()};
}

Task<void> run_in_transaction(Context& context,
                              std::function<Task<void>(data::Session&, const data::WriteScope&)> write) {
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await context.services.model.check_current(session, *context.schema);
    co_await write(session, writing);
    if (context.then) co_await context.then(session, writing);
  };
  co_await commit(context, work);
}

Task<void> hash_passwords(const Context& context, const data::Collection& collection, Json& values) {
  std::vector<PasswordPlace> places;
  find_passwords(*context.schema, collection, values, places, 0);
  for (auto& [value, field] : places) {
    std::string password = json::to_text(*value);
    const auth::PasswordShape shape = shape_of(*field);
    auto hash = [&] { return auth::hash_password(password, context.services.random, shape); };
    *value = Json(co_await context.services.scrypt.run(hash));
  }
}

}  // namespace flotilla::api
