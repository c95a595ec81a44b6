#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/registry/node_record.hpp"

namespace flotilla::cluster {

/// Hashes of settings that all nodes must have alike: HMAC-SHA256 (RFC 2104) keyed with the application's
/// secret, its first 16 hex digits. Equal values give equal hashes; a hash tells nothing of its value to who
/// has not the key. The secret itself is told apart as well, because it is the key. Pure.
std::map<std::string, std::string> fingerprint(const std::map<std::string, std::string>& settings,
                                               std::string_view secret);

/// Names of settings in which two nodes differ, or which only one of them tells.
std::vector<std::string> differing_settings(const NodeRecord& a, const NodeRecord& b);

}  // namespace flotilla::cluster
