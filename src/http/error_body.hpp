#pragma once

#include <string>

#include "base/error.hpp"

namespace flotilla::http {

/// `{"errors":[{"message","code"}]}`; without codes that are empty.
std::string error_body(const Error& error);

}  // namespace flotilla::http
