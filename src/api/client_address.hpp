#pragma once

#include <string>

#include "base/networks.hpp"
#include "http/message.hpp"

namespace flotilla::api {

/// Where a request comes from: the peer, or, when that is one of the trusted proxies, the address that it
/// wrote into X-Forwarded-For; what a client wrote there itself, left of it, counts for nothing.
std::string client_address(const http::Request& request, const Networks& trusted);

}  // namespace flotilla::api
