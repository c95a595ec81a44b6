#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flotilla::http {
class Headers;
}

namespace flotilla::api {

/// Which other sites may read answers. Requests without Origin never get an Access-Control header, so the
/// setting CORS_DISALLOW_NO_ORIGIN needs no part here. Immutable, hence thread-safe.
class CorsPolicy {
 public:
  /// `whitelist`: CORS_ORIGIN_WHITELIST, comma separated origins, compared exactly, or `*`. Empty: every
  /// origin is answered, foreign ones without credentials.
  explicit CorsPolicy(std::string_view whitelist = {});

  bool empty() const { return whitelist_.empty(); }
  bool lists(std::string_view origin) const;   ///< exactly; `*` is not taken for every origin
  bool allows(std::string_view origin) const;  ///< exactly or by `*`

 private:
  std::vector<std::string> whitelist_;
};

struct CorsAnswer {
  bool preflight = false;  ///< answer 204 with these headers and an empty body, without running anything
  std::vector<std::pair<std::string, std::string>> headers;  ///< to add to the response, whatever its status
};

/// Decides by the Fetch standard's CORS protocol. `scheme` is that of the connection (`http`, or `https` when
/// this process ends TLS); X-Forwarded-Proto and X-Forwarded-Host override scheme and Host.
CorsAnswer decide_cors(const CorsPolicy& policy, std::string_view method, const http::Headers& request,
                       std::string_view scheme = "http");

/// True when a browser sent this from a page of another site: a foreign Origin, or, without Origin, a foreign
/// (or unreadable) Referer. Sites in the whitelist are not foreign; `*` in it does not make every site a
/// friend.
bool foreign_origin(const CorsPolicy& policy, const http::Headers& request, std::string_view scheme = "http");

}  // namespace flotilla::api
