#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <string_view>

namespace flotilla::http {

/// Drops empty lines before a request line, which some clients send after a body (RFC 9112 section 2.2). True
/// when something else has come.
bool begins_request(boost::beast::flat_buffer& buffer);

/// What servers read in different ways, and request smuggling is made of, in a head whose first unread line
/// starts the buffer: a line feed without carriage return, or a folded field (RFC 9112 sections 2.2 and 5.2).
/// Empty when there is no such thing. Looks no further than the end of the head.
std::string_view head_fault(const boost::beast::flat_buffer& buffer);

}  // namespace flotilla::http
