#include "base/networks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/strings.hpp"

namespace flotilla {

std::optional<Networks::Bytes> Networks::read(std::string_view address) {
  const std::string text(address);
  Bytes bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes = {};
  bytes[10] = bytes[11] = 0xff;
  if (::inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

std::optional<Networks> Networks::parse(std::string_view text) {
  Networks out;
  for (const std::string& item : split(text, ',')) {
    const std::string_view entry = trim(item);
    if (entry.empty()) continue;
    const std::size_t slash = entry.find('/');
    const std::string_view address = entry.substr(0, slash);
    const std::optional<Bytes> bytes = read(address);
    if (!bytes) return std::nullopt;
    const int size = address.contains(':') ? 128 : 32;
    int bits = size;
    if (slash != entry.npos) {
      const std::string_view digits = entry.substr(slash + 1);
      auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > size)
        return std::nullopt;
    }
    out.networks_.push_back({*bytes, bits + 128 - size});
  }
  return out;
}

bool Networks::contains(std::string_view address) const {
  const std::optional<Bytes> bytes = read(address);
  if (!bytes) return false;
  auto within = [&](const Network& network) {
    for (int bit = 0; bit < network.bits; ++bit) {
      const auto at = static_cast<std::size_t>(bit / 8);
      const int mask = 0x80 >> (bit % 8);
      if ((((*bytes)[at] ^ network.bytes[at]) & mask) != 0) return false;
    }
    return true;
  };
  return std::ranges::any_of(networks_, within);
}

bool is_address(std::string_view text) {
  const std::string copy(text);
  std::array<std::uint8_t, 16> bytes{};
  return ::inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1;
}

}  // namespace flotilla
