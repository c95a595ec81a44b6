#pragma once

#include <cstdint>
#include <string_view>

namespace flotilla::api {

/// What a request was, as far as measures tell it: few, whatever clients ask for. Kept in
/// http::Request::kind; 0 is a request that no handler has seen.
enum class ActionKind : std::uint8_t {
  refused,
  probe,
  metrics,
  page,
  upload,
  socket,
  preflight,
  list,
  get,
  create,
  update,
  destroy,
  add,
  set,
  remove,
  toggle,
  move,
  query,
  first_or_create,
  update_or_create,
  sign_in,
  sign_up,
  sign_out,
  check,
  other,
};

inline constexpr std::size_t kActionKinds = static_cast<std::size_t>(ActionKind::other) + 1;

std::string_view name_of(ActionKind kind);
/// Of an action below the API's path: `list` for `posts:list`; `other` for those without a name here.
ActionKind kind_of_action(std::string_view action);

}  // namespace flotilla::api
