#include "auth/session_news.hpp"

#include <algorithm>
#include <optional>

namespace flotilla::auth {
namespace {

std::optional<std::int64_t> id_in(const Json& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_string()) {
    const std::string text(value.get_string());
    char* end = nullptr;
    const long long id = std::strtoll(text.c_str(), &end, 10);
    if (!text.empty() && *end == '\0') return id;
  }
  return std::nullopt;
}

/// The user that a row of rolesUsers is about: from its key, or from what was stored.
std::optional<std::int64_t> user_of_link(const data::RowChange& row) {
  if (row.key.is_object()) {
    if (const Json* id = json::find(row.key.get_object(), "userId")) return id_in(*id);
  }
  if (const Json* id = json::find(row.values, "userId")) return id_in(*id);
  return std::nullopt;
}

void add_user(SessionNews& news, std::optional<std::int64_t> id) {
  if (!id)
    news.everybody = true;
  else if (std::ranges::find(news.users, *id) == news.users.end())
    news.users.push_back(*id);
  if (news.users.size() > SessionNews::kUsersMax) news.everybody = true;
}

void add_row(SessionNews& news, const data::RowChange& row) {
  if (row.collection == "users")
    add_user(news, id_in(row.key));
  else if (row.collection == "rolesUsers")
    add_user(news, user_of_link(row));
  else if (row.collection == "roles")
    news.everybody = true;
  else if (row.collection == "tokenControlConfig" || row.collection == "systemSettings")
    news.settings = true;
}

std::vector<Json> items(const JsonObject& object, std::string_view name) {
  const Json* list = json::find(object, name);
  if (!list || !list->is_array()) return {};
  return {list->get_array().begin(), list->get_array().end()};
}

}  // namespace

Json SessionNews::message() const {
  JsonObject out;
  if (settings) out["settings"] = true;
  if (everybody) out["everybody"] = true;
  if (!everybody && !users.empty()) out["users"] = JsonArray(users.begin(), users.end());
  if (!revoked.empty()) out["revoked"] = JsonArray(revoked.begin(), revoked.end());
  return out;
}

SessionNews SessionNews::parse(const Json& message) {
  SessionNews news;
  if (!message.is_object()) {
    news.settings = news.everybody = true;
    return news;
  }
  const JsonObject& object = message.get_object();
  news.settings = json::truthy(object, "settings");
  news.everybody = json::truthy(object, "everybody");
  for (const Json& id : items(object, "users")) add_user(news, id_in(id));
  for (const Json& name : items(object, "revoked"))
    if (name.is_string()) news.revoked.emplace_back(name.get_string());
  if (news.empty()) news.settings = news.everybody = true;
  return news;
}

SessionNews SessionNews::of(const data::ChangeLog& changes) {
  SessionNews news;
  for (const data::RowChange& row : changes.rows()) add_row(news, row);
  for (const auto& [which, count] : changes.beyond()) {
    const std::string& collection = which.first;
    if (collection == "users" || collection == "rolesUsers") news.everybody = true;
  }
  return news;
}

}  // namespace flotilla::auth
