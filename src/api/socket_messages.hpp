#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flotilla::api {

/// The token of an `auth:token` message, empty when it is to be forgotten; nullopt for every other message
/// and for what is none.
std::optional<std::string> token_in(std::string_view message);

/// `maintaining` with the state of an application that runs.
std::string running_message();
std::string authorized_message();

}  // namespace flotilla::api
