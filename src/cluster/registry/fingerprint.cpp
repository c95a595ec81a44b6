#include "cluster/registry/fingerprint.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <set>

namespace flotilla::cluster {

namespace {

constexpr int kHashBytes = 8;

std::string keyed_hash(std::string_view key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data(), &size);
  std::string out;
  for (int i = 0; i < kHashBytes; ++i) out += fmt::format("{:02x}", bytes[static_cast<std::size_t>(i)]);
  return out;
}

}  // namespace

std::map<std::string, std::string> fingerprint(const std::map<std::string, std::string>& settings,
                                               std::string_view secret) {
  std::map<std::string, std::string> out;
  // The name is hashed with the value, so that two settings with one value do not show it.
  for (const auto& [name, value] : settings) out[name] = keyed_hash(secret, name + "=" + value);
  return out;
}

std::vector<std::string> differing_settings(const NodeRecord& a, const NodeRecord& b) {
  std::set<std::string> names;
  for (const NodeRecord* node : {&a, &b}) {
    for (const auto& [name, hash] : node->fingerprint) names.insert(name);
  }
  std::vector<std::string> out;
  for (const std::string& name : names) {
    const auto left = a.fingerprint.find(name), right = b.fingerprint.find(name);
    const bool same =
        left != a.fingerprint.end() && right != b.fingerprint.end() && left->second == right->second;
    if (!same) out.push_back(name);
  }
  return out;
}

}  // namespace flotilla::cluster
