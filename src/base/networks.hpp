#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace flotilla {

/// A list of IP networks. Immutable after parsing.
class Networks {
 public:
  /// Comma-separated addresses and CIDR blocks (RFC 4632, RFC 4291): `10.0.0.0/8, ::1`. nullopt when one of
  /// them is none. Empty text: no network.
  static std::optional<Networks> parse(std::string_view text);

  /// False for what is no address. An IPv4 address mapped into IPv6 counts as the IPv4 one.
  bool contains(std::string_view address) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;  ///< IPv4 as ::ffff:a.b.c.d
  struct Network {
    Bytes bytes;
    int bits;
  };
  static std::optional<Bytes> read(std::string_view address);
  std::vector<Network> networks_;
};

/// True for the text of an IPv4 or IPv6 address.
bool is_address(std::string_view text);

}  // namespace flotilla
