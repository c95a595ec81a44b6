#include "auth/user_store.hpp"

#include <cstdlib>

#include "data/model/schema_epoch.hpp"
#include "data/write/save.hpp"

namespace flotilla::auth {
namespace {

std::optional<std::int64_t> read_ms(const JsonObject& row, std::string_view name) {
  const Json* value = json::find(row, name);
  if (value && value->is_int64()) return value->get_int64();
  if (value && value->is_string()) {  // numbers beyond 2^53 are shown as text
    const std::string text(value->get_string());
    char* end = nullptr;
    const long long number = std::strtoll(text.c_str(), &end, 10);
    if (!text.empty() && *end == '\0') return number;
  }
  return std::nullopt;
}

JsonArray equal_to_any(const std::vector<std::string>& fields, const std::string& value) {
  JsonArray terms;
  for (const std::string& field : fields) {
    JsonObject equal{{"$eq", value}};
    JsonObject term;
    term[field] = std::move(equal);
    terms.push_back(std::move(term));
  }
  return terms;
}

}  // namespace

Task<std::shared_ptr<const UserRecord>> UserStore::read(std::int64_t id, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  data::ListRequest by_id;
  by_id.paginate = false;
  by_id.keys = Json(id);
  data::ListRequest of_user;
  of_user.paginate = false;
  of_user.filter = JsonObject{{"userId", id}};
  of_user.sort = {"roleName"};
  JsonArray users, roles;
  data::Work work = [&](data::Session& session) -> Task<void> {
    users = co_await read_rows(session, server.scope(), server.collection("users"), by_id);
    if (users.empty()) co_return;
    roles = co_await read_rows(session, server.scope(), server.collection("rolesUsers"), of_user);
  };
  co_await database_.read(work);
  if (users.empty()) co_return nullptr;

  auto user = std::make_shared<UserRecord>();
  user->id = id;
  user->read_at = now;
  user->document = std::move(users.front().as_object());
  user->password_changed_ms = read_ms(user->document, "passwordChangeTz");
  for (const Json& role : roles)
    user->roles.push_back(
        {std::string(json::text(role.as_object(), "roleName")), json::truthy(role.as_object(), "default")});
  co_return user;
}

Task<std::optional<Account>> UserStore::find_account(const std::vector<std::string>& fields,
                                                     const std::string& value, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& users = server.collection("users");
  data::Selection selection;
  selection.collection = &users;
  selection.columns = {&users.field("id"), &users.field("password")};
  selection.shown = selection.columns.size();
  selection.unrestricted = false;
  data::ListRequest request;
  request.filter = JsonObject{{"$or", equal_to_any(fields, value)}};
  std::optional<Account> account;
  data::Work work = [&](data::Session& session) -> Task<void> {
    data::Records found =
        co_await data::find_records(session, server.scope(), users, nullptr, request, selection, 1, 0);
    if (!found.rows.empty()) account = Account{found.rows.at(0, 0).as_int(), found.rows.at(0, 1).as_text()};
  };
  co_await database_.read(work);
  co_return account;
}

Task<bool> UserStore::install_root(const RootUser& root, UnixMs now) {
  const ServerScope server(model_, random_, next_id_, now);
  const data::Collection& users = server.collection("users");
  JsonObject values{
      {"nickname", root.nickname}, {"username", root.username}, {"password", root.password_hash}};
  if (!root.email.empty()) values["email"] = root.email;
  data::ListRequest any;
  any.page_size = 1;
  const data::NestedUpdates none;
  bool installed = false;
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await data::lock_schema(session);  // nodes that start at the same time
    JsonArray have = co_await read_rows(session, server.scope(), users, any);
    if (!have.empty()) co_return;
    installed = true;
    data::Saved saved = co_await data::create_record(session, server.scope(), users, values, none);
    for (std::string_view role : {"member", "admin", "root"}) {
      JsonObject link{{"userId", saved.key}, {"roleName", role}};
      if (role == "root") link["default"] = true;
      co_await data::create_record(session, server.scope(), server.collection("rolesUsers"), link, none);
    }
  };
  co_await database_.write(work);
  co_return installed;
}

}  // namespace flotilla::auth
