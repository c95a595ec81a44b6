#include "api/client_address.hpp"

#include "base/strings.hpp"

namespace flotilla::api {

std::string client_address(const http::Request& request, const Networks& trusted) {
  std::string address = request.remote;
  const std::vector<std::string> hops = split(request.headers.get("X-Forwarded-For"), ',');
  for (auto hop = hops.rbegin(); hop != hops.rend() && trusted.contains(address); ++hop) {
    const std::string_view written = trim(*hop);
    if (!is_address(written)) break;
    address = written;
  }
  return address;
}

}  // namespace flotilla::api
