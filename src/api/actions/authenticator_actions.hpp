#pragma once

#include "api/action.hpp"

namespace flotilla::api {

inline constexpr std::string_view kPasswordAuthType = "Email/Password";

/// The enabled authenticator that the request names, else the first enabled one. Throws Error 404 when none
/// is.
Task<JsonObject> requested_authenticator(const Context& context);
/// Its options for everybody, with the form to sign up as it is shown.
JsonObject public_options(const Context& context, const JsonObject& authenticator);

void register_authenticator_actions(ActionRegistry& registry);
void register_user_actions(ActionRegistry& registry);
void register_role_actions(ActionRegistry& registry);
void register_api_key_actions(ActionRegistry& registry);
void register_reset_actions(ActionRegistry& registry);

}  // namespace flotilla::api
