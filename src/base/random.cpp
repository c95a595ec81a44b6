#include "base/random.hpp"

#include <sys/random.h>

#include <array>
#include <system_error>

namespace flotilla {
namespace {

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::size_t done = 0; done < bytes.size();) {
      ssize_t n = getrandom(bytes.data() + done, bytes.size() - done, 0);
      if (n < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
      if (n > 0) done += static_cast<std::size_t>(n);
    }
  }
};

}  // namespace

Random& Random::system() {
  static SystemRandom random;
  return random;
}

std::string random_text(Random& random, std::string_view alphabet, std::size_t length) {
  // Bytes beyond the largest multiple of the alphabet are refused, so that every letter is equally likely.
  const unsigned limit = 256 - 256 % alphabet.size();
  std::string out;
  out.reserve(length);
  std::array<std::uint8_t, 32> bytes;
  while (out.size() < length) {
    random.fill(bytes);
    for (std::uint8_t byte : bytes) {
      if (byte < limit && out.size() < length) out += alphabet[byte % alphabet.size()];
    }
  }
  return out;
}

std::string random_uid(Random& random, std::size_t length) {
  return random_text(random, "0123456789abcdefghijklmnopqrstuvwxyz", length);
}

std::string random_uuid(Random& random) {
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[bytes[i] >> 4];
    out += kHex[bytes[i] & 15];
  }
  return out;
}

}  // namespace flotilla
