#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace flotilla::http {

/// Appends status line and fields of an answer (RFC 9112). `length` is what Content-Length says. CR and LF in
/// header values are dropped, so that no value can start a field of its own.
void append_head(std::string& out, const Response& response, const Request& request, std::uint64_t length,
                 bool keep_alive);

std::string_view reason_phrase(int status);

}  // namespace flotilla::http
