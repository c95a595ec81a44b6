#pragma once

#include "api/action.hpp"

namespace flotilla::api {

/// Whether the caller may run the action. Root may run everything; others what is open to everybody or to any
/// signed-in user. Throws Error 403 "No permissions".
void decide(const Context& context, const Action& action);

}  // namespace flotilla::api
