#pragma once

#include <string>
#include <string_view>

namespace flotilla {

inline constexpr std::string_view kRedacted = "(hidden)";

/// True for names of variables, parameters and log fields whose value must not be shown: anything with
/// password, passwd, secret, token, authorization, cookie, credential, a key as in APP_KEY, apiKey,
/// private_key. Compares without case.
bool is_secret_name(std::string_view name);

/// A URL or a request target with what is secret in it replaced: the password before '@', and the values of
/// query parameters with a secret name. Text that is neither comes back as it is.
std::string redact_url(std::string_view text);

/// What may be shown of `value`, the value of a variable or field called `name`.
std::string redact(std::string_view name, std::string_view value);

}  // namespace flotilla
